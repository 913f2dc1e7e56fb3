import Foundation
import HTTPTransport
import ObjectStore
import Testing

@testable import S3ObjectStore

/// Keys for servers that do not look at them.
let testEnvironment = [
    "AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_EC2_METADATA_DISABLED": "true",
    "HOME": "/nonexistent",
]

extension FakeServer {
    /// A store on this server that does not wait between tries, and whose time to retry passes only by waiting.
    func store(
        _ environment: [String: String] = testEnvironment,
        _ change: (inout S3Configuration) -> Void = { _ in },
        now: @escaping @Sendable () -> Double = S3ObjectStore.systemTime
    ) throws -> S3ObjectStore {
        var configuration = S3Configuration(bucket: "bucket", prefix: "prefix")
        configuration.endpoint = url
        configuration.region = "us-east-1"
        change(&configuration)
        return try S3ObjectStore(configuration, environment: environment, now: now).withQuickRetries()
    }
}

extension S3ObjectStore {
    func withQuickRetries() -> S3ObjectStore {
        var client = client
        client.retryContext.clock = FakeClock()
        return S3ObjectStore(client: client)
    }
}

/// Gives `body` an empty folder for the length of a test.
func withTemporaryFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "kbackup-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

extension URL {
    /// Writes `text` to this file.
    func write(_ text: String) throws { try Data(text.utf8).write(to: self) }
}

extension ObjectStore {
    /// Reads a whole object, of whatever size tests make.
    func get(_ key: ObjectKey) async throws -> [UInt8] { try await get(key, limit: 1 << 30) }
}
