import HTTPTransport
import ObjectStore

/// A configuration in which everything is filled in that environment and shared files know.
struct S3Settings: Sendable {
    /// With a prefix that is empty or ends with `/`.
    let configuration: S3Configuration
    /// Whether somebody named the region, or it is a guess.
    let isRegionChosen: Bool
    /// The certificates for AWS's other services, whatever those of the bucket's server are.
    let sharedCertificateAuthorityFile: String?

    init(_ given: S3Configuration, environment: [String: String]) throws {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let files = try SharedFiles(environment)
        let name = given.profile ?? variable("AWS_PROFILE") ?? variable("AWS_DEFAULT_PROFILE") ?? "default"
        let profile = try files.profile(name)
        var configuration = given

        let region = given.region ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") ?? profile["region"]
        isRegionChosen = region != nil
        configuration.region = region ?? "us-east-1"

        configuration.endpoint = given.endpoint ?? files.endpoint(of: "s3", profile, environment)

        sharedCertificateAuthorityFile = variable("AWS_CA_BUNDLE") ?? profile["ca_bundle"]
        configuration.certificateAuthorityFile = given.certificateAuthorityFile ?? sharedCertificateAuthorityFile

        if given.addressing == .automatic {
            switch profile["s3.addressing_style"] {
            case "path": configuration.addressing = .path
            case "virtual": configuration.addressing = .virtualHosted
            default: break
            }
        }
        configuration.prefix = try Self.normalize(given.prefix)
        try Self.check(configuration)
        self.configuration = configuration
    }

    private static func normalize(_ prefix: String) throws -> String {
        var bytes = prefix.utf8[...]
        while bytes.first == UInt8(ascii: "/") { bytes.removeFirst() }
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        let prefix = String(Substring(bytes))
        guard !prefix.isEmpty else { return "" }
        // Keys have up to 900 bytes, S3's up to 1,024.
        guard prefix.utf8.count <= 120, !prefix.utf8.contains(0) else {
            throw ObjectStoreError(
                .misconfigured,
                "The prefix '\(prefix)' is longer than 120 bytes. Choose a shorter one."
            )
        }
        return prefix + "/"
    }

    private static func check(_ configuration: S3Configuration) throws {
        guard configuration.partSizeInBytes >= 5 << 20, configuration.partSizeInBytes <= 5 << 30 else {
            throw ObjectStoreError(
                .misconfigured,
                "Parts of \(configuration.partSizeInBytes) bytes are not possible: S3 takes 5 MiB to 5 GiB."
            )
        }
        guard configuration.multipartThresholdInBytes >= 0, configuration.concurrentParts >= 1 else {
            throw ObjectStoreError(.misconfigured, "At least one part must be uploaded at a time.")
        }
    }
}

extension S3Client {
    init(
        _ settings: S3Settings,
        environment: [String: String],
        http: HTTPClientConfiguration,
        now: @escaping @Sendable () -> Double
    ) throws {
        let configuration = settings.configuration
        let regionName = configuration.region ?? "us-east-1"
        let endpoint = try S3Endpoint(configuration, region: regionName)
        var bucketHTTP = http
        bucketHTTP.tls.certificateAuthorities = configuration.certificateAuthorityFile.map { .file($0) }
        bucketHTTP.tls.verifiesServer = configuration.verifiesServer
        var awsHTTP = http
        awsHTTP.tls.certificateAuthorities = settings.sharedCertificateAuthorityFile.map { .file($0) }
        var localHTTP = awsHTTP
        localHTTP.proxyURL = ""
        let context = CredentialsContext(
            environment: environment,
            chosenProfile: configuration.profile,
            region: settings.isRegionChosen ? regionName : nil,
            http: HTTPClient(configuration: awsHTTP),
            localHTTP: HTTPClient(configuration: localHTTP),
            retryPolicy: RetryPolicy(),
            now: now
        )
        self.init(
            configuration: configuration,
            region: Region(regionName, isChosen: settings.isRegionChosen),
            http: HTTPClient(configuration: bucketHTTP),
            credentials: CredentialsCache(.standard(context), now: now),
            encryption: try EncryptionFields(
                configuration.serverSideEncryption,
                isEncryptedTransport: endpoint.isEncrypted
            ),
            now: now
        )
    }
}

extension [any CredentialsProvider] {
    /// The places where the AWS command line looks, in its order.
    static func standard(_ context: CredentialsContext) -> [any CredentialsProvider] {
        var providers: [any CredentialsProvider] = []
        if context.chosenProfile == nil { providers.append(EnvironmentCredentials(context: context)) }
        providers += [
            ProfileCredentials(context: context), ContainerCredentials(context: context),
            InstanceCredentials(context: context),
        ]
        return providers
    }
}
