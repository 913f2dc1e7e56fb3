import Foundation
import ObjectStore
import S3ObjectStore
import SystemPackage
import Testing

/// Opens an empty store of one kind for the length of a test.
struct ObjectStoreFixture: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let withStore: @Sendable (_ body: (any ObjectStore) async throws -> Void) async throws -> Void

    static let all: [ObjectStoreFixture] = [inMemory, directory] + s3

    static let inMemory = ObjectStoreFixture(testDescription: "in memory") { body in
        try await body(InMemoryObjectStore())
    }

    static let directory = ObjectStoreFixture(testDescription: "in a directory") { body in
        let folder = FileManager.default.temporaryDirectory.appending(path: "kbackup-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = DirectoryObjectStore(root: FilePath(folder.path))
        try await store.makeRoot()
        try await body(store)
    }
}

extension ObjectStoreFixture {
    /// The S3 server that `integration/s3 env` describes, over https and over http; none when it describes none.
    static let s3: [ObjectStoreFixture] = ["KBACKUP_TEST_S3_ENDPOINT", "KBACKUP_TEST_S3_ENDPOINT_HTTP"].compactMap {
        name in
        let environment = ProcessInfo.processInfo.environment
        guard let endpoint = environment[name], let bucket = environment["KBACKUP_TEST_S3_BUCKET"] else { return nil }
        return ObjectStoreFixture(testDescription: "in S3 at \(endpoint)") { body in
            var configuration = S3Configuration(bucket: bucket, prefix: "conformance/\(UUID().uuidString)")
            configuration.endpoint = endpoint
            configuration.certificateAuthorityFile = environment["KBACKUP_TEST_S3_CA"]
            configuration.multipartThresholdInBytes = 16 << 20
            configuration.partSizeInBytes = 5 << 20
            let store = try S3ObjectStore(configuration, environment: environment)
            do {
                try await body(store)
            } catch {
                try? await store.delete(store.list(prefix: "").map(\.key))
                throw error
            }
            try await store.delete(store.list(prefix: "").map(\.key))
        }
    }
}

/// `count` bytes that do not repeat soon and differ from seed to seed.
func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}

extension ObjectStore {
    /// Reads a whole object, of whatever size tests make.
    func get(_ key: ObjectKey) async throws -> [UInt8] { try await get(key, limit: 1 << 30) }
}
