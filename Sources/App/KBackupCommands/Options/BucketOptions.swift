import ArgumentParser
import Operations

/// How to reach a bucket.
struct BucketOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The server, when it is not AWS: https://HOST[:PORT].", valueName: "url"))
    var endpoint: String?

    @Option(help: ArgumentHelp("The region of the bucket.", valueName: "name"))
    var region: String?

    @Option(help: ArgumentHelp("The profile of the AWS configuration files.", valueName: "name"))
    var profile: String?

    @Option(
        help: ArgumentHelp(
            "true: https://server/bucket/key; false: https://bucket.server/key. (default: as the server is known to want it)",
            valueName: "true|false"
        )
    )
    var pathStyle: Bool?

    @Option(
        help: ArgumentHelp("Certificates to trust instead of the system's.", valueName: "file"),
        completion: .file()
    )
    var caBundle: String?

    @Flag(name: .customLong("insecure-skip-tls-verify"), help: "Do not verify the server's certificate. Dangerous.")
    var insecureSkipTLSVerify = false

    @Option(help: ArgumentHelp("The storage class of objects: STANDARD_IA, …", valueName: "name"))
    var storageClass: String?

    @Option(help: ArgumentHelp("What the server encrypts with, beside us: AES256 or aws:kms.", valueName: "kind"))
    var sse: String?

    @Option(
        name: .customLong("sse-kms-key-id"),
        help: ArgumentHelp("The key in the key management service.", valueName: "id")
    )
    var sseKMSKeyID: String?

    @Option(
        help: ArgumentHelp("A file with a key of ours for the server to encrypt with (SSE-C).", valueName: "file"),
        completion: .file()
    )
    var sseCustomerKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "false: the server does not know conditional writes (If-None-Match). (default: as it is found to be)",
            valueName: "true|false"
        )
    )
    var conditionalWrites: Bool?

    @Option(
        help: ArgumentHelp(
            "Keep every object from deletion: governance (a special right overrides it) or compliance (nothing does).",
            valueName: "mode"
        )
    )
    var objectLock: String?

    @Option(help: ArgumentHelp("For how long --object-lock keeps objects: 12h, 30d, 4w.", valueName: "time"))
    var retain: String?

    var flags: [Setting: [String]] {
        .given([
            .endpoint: endpoint, .region: region, .profile: profile, .pathStyle: pathStyle.map(\.description),
            .caBundle: caBundle, .insecureSkipTLSVerify: insecureSkipTLSVerify ? "true" : nil,
            .storageClass: storageClass, .sse: sse, .sseKMSKeyID: sseKMSKeyID,
            .sseCustomerKeyFile: sseCustomerKeyFile, .conditionalWrites: conditionalWrites.map(\.description),
            .objectLock: objectLock, .retain: retain,
        ])
    }
}
