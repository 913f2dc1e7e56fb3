import Foundation
import ObjectStore
import SystemPackage
import Testing

/// Opens an empty store of one kind for the length of a test.
struct ObjectStoreFixture: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let withStore: @Sendable (_ body: (any ObjectStore) async throws -> Void) async throws -> Void

    static let all: [ObjectStoreFixture] = [inMemory, directory]

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

/// `count` bytes that do not repeat soon and differ from seed to seed.
func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}
