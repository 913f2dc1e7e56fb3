import Foundation
import HTTPTransport
import ObjectStore
import Testing

@testable import S3ObjectStore

/// A search for credentials in which nothing is set up but what `environment` says.
func search(
    _ environment: [String: String],
    profile: String? = nil,
    now: @escaping @Sendable () -> Double = { 1_700_000_000 }
) -> CredentialsCache {
    var policy = RetryPolicy()
    policy.firstDelay = .milliseconds(1)
    policy.maximumAttempts = 3
    var local = HTTPClientConfiguration()
    local.proxyURL = ""
    let client = HTTPClient(configuration: local)
    let base = ["HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"]
    let context = CredentialsContext(
        environment: base.merging(environment) { $1 },
        chosenProfile: profile,
        region: nil,
        http: client,
        localHTTP: client,
        retryPolicy: policy,
        now: now
    )
    return CredentialsCache(.standard(context), now: now)
}

/// What `search` fails with.
func failure(of search: CredentialsCache) async -> ObjectStoreError? {
    await #expect(throws: ObjectStoreError.self) { try await search.current() }
}

/// Writes AWS's shared files and gives `body` the environment that names them.
func withSharedFiles<Value>(
    config: String = "",
    credentials: String = "",
    _ body: ([String: String], URL) async throws -> Value
) async throws -> Value {
    try await withTemporaryFolder { folder in
        let (configFile, credentialsFile) = (
            folder.appending(path: "config"), folder.appending(path: "credentials")
        )
        try configFile.write(config)
        try credentialsFile.write(credentials)
        let environment = ["AWS_CONFIG_FILE": configFile.path, "AWS_SHARED_CREDENTIALS_FILE": credentialsFile.path]
        return try await body(environment, folder)
    }
}
