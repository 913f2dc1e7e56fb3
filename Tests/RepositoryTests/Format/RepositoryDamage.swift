import ObjectStore
import Testing

@testable import Repository

/// What can become of the golden repository.
enum RepositoryDamage: String, CaseIterable, CustomTestStringConvertible {
    case flippedRecords = "a flipped byte in a block of objects"
    case flippedPages = "a flipped byte in a page of a manifest"
    case flippedFooter = "a flipped byte in the footer of a pack"
    case flippedHeader = "a flipped byte at the start of a pack"
    case cutPack = "a pack without its second half"
    case emptyPack = "a pack without bytes"
    case missingPack = "a pack that is gone"
    case missingNewPack = "a pack with the newest layers that is gone"
    case swappedPacks = "two packs under each other's names"
    case missingIndex = "an index that is gone"
    case flippedIndex = "a flipped byte in the index"
    case flippedSnapshot = "a flipped byte in a snapshot"
    case missingSnapshot = "a snapshot that is gone"
    case snapshotBomb = "a snapshot that expands to more than it says"
    case newerSnapshot = "a snapshot of a later version"
    case flippedReport = "a flipped byte in a report of a restore"
    case missingMark = "a mark that is gone"
    case flippedRoot = "a flipped byte in the root"
    case missingRoot = "a root that is gone"
    case newerRoot = "a root of a later version"

    var testDescription: String { rawValue }

    func apply(to objects: StoredObjects) async throws -> StoredObjects {
        var objects = objects
        let repository = try await ExampleRepository.open(try await objects.store())
        let (first, second) = (SnapshotStore.key(ExampleRepository.first), SnapshotStore.key(ExampleRepository.second))
        let old = try await repository.snapshots.read(ExampleRepository.first).snapshot
        let manifest = try #require(old.content(.objects)).manifest
        let page = manifest.layers[0].pages[0].block
        let pack = page.pack.key
        let newPack = try await repository.snapshots.read(ExampleRepository.second).snapshot.newPack.key
        let size = try #require(objects[pack]).count
        switch self {
        case .flippedRecords:
            let key = Array("/configmaps/shop/settings-0".utf8)
            let entry = try #require(try await repository.contents(of: manifest).entry(at: key))
            objects[pack]?[Int(entry.location.block.offset) + 9] ^= 1
        case .flippedPages: objects[pack]?[Int(page.offset) + 9] ^= 1
        case .flippedFooter: objects[pack]?[size - PackFooter.trailerSize - 9] ^= 1
        case .flippedHeader: objects[pack]?[0] ^= 1
        case .cutPack: objects[pack]?.removeLast(size / 2)
        case .emptyPack: objects[pack] = []
        case .missingPack: objects[pack] = nil
        case .missingNewPack: objects[newPack] = nil
        case .swappedPacks: (objects[pack], objects[newPack]) = (objects[newPack], objects[pack])
        case .missingIndex: for key in objects.keys("index/") { objects[key] = nil }
        case .flippedIndex: objects[objects.keys("index/")[0]]?[40] ^= 1
        case .flippedSnapshot: objects[second]?[100] ^= 1
        case .missingSnapshot: objects[second] = nil
        case .snapshotBomb:
            let payload = [UInt8](repeating: 0x20, count: 1 << 20)
            objects[first] = try Self.seal(CompressedPayload.wrap(payload, level: 3), claiming: 1000, first, repository)
        case .newerSnapshot:
            let head = Array("{\"version\":2,\"later\":true}\n{}".utf8)
            objects[first] = try Envelope.seal(head, named: first.rawValue, keys: repository.keys)
        case .flippedReport: objects[objects.keys("restores/")[0]]?[30] ^= 1
        case .missingMark: for key in objects.keys("tombstones/") { objects[key] = nil }
        case .flippedRoot: objects[Repository.rootKey]?[200] ^= 1
        case .missingRoot: objects[Repository.rootKey] = nil
        case .newerRoot:
            let text = String(decoding: objects[Repository.rootKey] ?? [], as: UTF8.self)
            objects[Repository.rootKey] = Array(text.replacing(#""version":1"#, with: #""version":2"#).utf8)
        }
        return objects
    }

    /// A payload whose head claims another size.
    private static func seal(
        _ payload: [UInt8],
        claiming size: UInt32,
        _ key: ObjectKey,
        _ repository: Repository
    ) throws -> [UInt8] {
        var writer = ByteWriter()
        writer.write(payload[0])
        writer.write(fixed: size)
        writer.write(payload[CompressedPayload.headerSize...])
        return try Envelope.seal(wrapped: writer.bytes, named: key.rawValue, keys: repository.keys)
    }
}
