import ObjectStore

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
struct EnvironmentCredentials: CredentialsProvider {
    let context: CredentialsContext

    func find() async throws -> CredentialsSearchResult {
        guard let key = context["AWS_ACCESS_KEY_ID"] else {
            return .notSetUp("the environment (AWS_ACCESS_KEY_ID is not set)")
        }
        guard let secret = context["AWS_SECRET_ACCESS_KEY"] else {
            throw ObjectStoreError(
                .accessDenied,
                "AWS_ACCESS_KEY_ID is set in the environment, but AWS_SECRET_ACCESS_KEY is not. Set both or none."
            )
        }
        return .found(
            AWSCredentials(
                accessKeyID: key,
                secretAccessKey: secret,
                sessionToken: context["AWS_SESSION_TOKEN"] ?? context["AWS_SECURITY_TOKEN"],
                expiresAt: context["AWS_CREDENTIAL_EXPIRATION"].flatMap(Timestamp.init(iso8601:)).map {
                    Double($0.seconds)
                },
                source: "the environment"
            )
        )
    }
}
