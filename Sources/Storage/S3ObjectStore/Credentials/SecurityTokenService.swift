import HTTPTransport
import HTTPTypes
import ObjectStore

/// A token that proves to AWS who we are, and the role it is good for (IRSA in EKS, for example).
struct WebIdentity: Sendable {
    let role: String
    let tokenFile: String
    let sessionName: String?

    /// What environment or profile say; `nil` when neither says anything.
    init?(_ context: CredentialsContext, _ profile: SharedFiles.Profile, usesEnvironment: Bool) throws {
        func setting(_ variable: String, _ name: String) -> String? {
            (usesEnvironment ? context[variable] : nil) ?? profile[name]
        }
        guard let tokenFile = setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") else { return nil }
        guard let role = setting("AWS_ROLE_ARN", "role_arn") else {
            throw ObjectStoreError(
                .accessDenied,
                "A web identity token file is set, '\(tokenFile)', but no role: set AWS_ROLE_ARN or role_arn."
            )
        }
        self.role = role
        self.tokenFile = tokenFile
        sessionName = setting("AWS_ROLE_SESSION_NAME", "role_session_name")
    }
}

/// AWS's security token service, which gives out credentials of roles.
struct SecurityTokenService: Sendable {
    private let context: CredentialsContext
    private let endpoint: String
    private let region: String

    init(_ context: CredentialsContext, _ profile: SharedFiles.Profile, _ files: SharedFiles) {
        self.context = context
        let region = context.region ?? profile["region"]
        self.region = region ?? "us-east-1"
        endpoint =
            files.endpoint(of: "sts", profile, context.environment)
            ?? region.map { "https://sts.\($0).amazonaws.com\($0.hasPrefix("cn-") ? ".cn" : "")" }
            ?? "https://sts.amazonaws.com"
    }

    func assumeRole(_ identity: WebIdentity) async throws -> AWSCredentials {
        let token = try context.readText(identity.tokenFile, what: "the web identity token")
        return try await ask(
            "AssumeRoleWithWebIdentity",
            [
                ("RoleArn", identity.role), ("RoleSessionName", identity.sessionName ?? defaultSessionName),
                ("WebIdentityToken", token),
            ],
            signedWith: nil,
            source: "the role '\(identity.role)' by the web identity in '\(identity.tokenFile)'"
        )
    }

    func assumeRole(
        _ role: String,
        with credentials: AWSCredentials,
        sessionName: String?,
        externalID: String?,
        durationInSeconds: String?
    ) async throws -> AWSCredentials {
        var parameters = [("RoleArn", role), ("RoleSessionName", sessionName ?? defaultSessionName)]
        if let externalID { parameters.append(("ExternalId", externalID)) }
        if let durationInSeconds { parameters.append(("DurationSeconds", durationInSeconds)) }
        return try await ask("AssumeRole", parameters, signedWith: credentials, source: "the role '\(role)'")
    }

    private var defaultSessionName: String { "kbackup-\(Int(context.now()))" }

    private func ask(
        _ action: String,
        _ parameters: [(String, String)],
        signedWith credentials: AWSCredentials?,
        source: String
    ) async throws -> AWSCredentials {
        let body = Array(
            ([("Action", action), ("Version", "2011-06-15")] + parameters)
                .map { "\($0)=\(PercentEncoding.query($1))" }.joined(separator: "&").utf8
        )
        var request = HTTPClientRequest(
            method: .post,
            url: endpoint.hasSuffix("/") ? endpoint : endpoint + "/",
            fields: [.contentType: "application/x-www-form-urlencoded; charset=utf-8"],
            body: .bytes(body)
        )
        if let credentials {
            let payload = await S3Payload.hashing(body, body.indices)
            SignatureV4(
                credentials: credentials,
                region: region,
                service: "sts",
                time: Timestamp(context.now())
            ).sign(&request, payloadHash: payload.sha256.hexadecimal)
        }
        let response = try await context.ask(context.http, request, "the security token service at '\(endpoint)'") {
            S3ErrorResponse(status: $0.status, fields: $0.fields, body: $0.body).code == "IDPCommunicationError"
        }
        guard response.status == 200 else {
            let error = S3ErrorResponse(status: response.status, fields: response.fields, body: response.body)
            throw ObjectStoreError(
                .accessDenied,
                "The security token service at '\(endpoint)' does not give out \(source): \(error.status) \(error.code), "
                    + "\(error.message.prefix(300)). Check the role's trust policy."
            )
        }
        return try read(response.body, action, source)
    }

    private func read(_ body: [UInt8], _ action: String, _ source: String) throws -> AWSCredentials {
        guard let found = try? XMLElement(parsing: body).first("\(action)Result")?.first("Credentials"),
            let key = found["AccessKeyId"], let secret = found["SecretAccessKey"], let token = found["SessionToken"],
            let end = found["Expiration"].flatMap(Timestamp.init(iso8601:))
        else {
            throw ObjectStoreError(.accessDenied, "The answer of the security token service at '\(endpoint)' is odd.")
        }
        return AWSCredentials(
            accessKeyID: key,
            secretAccessKey: secret,
            sessionToken: token,
            expiresAt: Double(end.seconds),
            source: source
        )
    }
}
