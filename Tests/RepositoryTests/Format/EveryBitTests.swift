import Concurrency
import Foundation
import ObjectStore
import Testing

@testable import Repository

@Suite("Every bit of a repository")
struct EveryBitTests {
    /// Of what a bit may flip unnoticed: how its object's key starts, and why that does no harm.
    static let harmless = [
        // A list tells a mark by its length; its text only makes each mark another object than the one before.
        "tombstones/"
    ]

    /// Which backups need which bytes of a pack.
    private struct Needs {
        private var blocks: [SnapshotName: Set<BlockLocation>] = [:]

        init(_ repository: Repository) async throws {
            for name in [ExampleRepository.first, ExampleRepository.second] {
                for content in try await repository.snapshots.read(name).snapshot.contents {
                    blocks[name, default: []].formUnion(content.manifest.layers.flatMap(\.pages).map(\.block))
                    try await repository.contents(of: content.manifest).forEachEntry { entry in
                        blocks[name]?.insert(entry.location.block)
                    }
                }
            }
        }

        func backups(_ key: ObjectKey, byte: Int) -> [SnapshotName] {
            if let listed = [ExampleRepository.first, ExampleRepository.second].first(where: {
                SnapshotStore.key($0) == key
            }) {
                return [listed]
            }
            return blocks.filter { _, blocks in
                blocks.contains { block in
                    block.pack.key == key && block.offset <= byte && byte < block.offset + UInt64(block.storedLength)
                }
            }.map(\.key).sorted { $0.name < $1.name }
        }
    }

    /// Whether a whole check is made for each bit, which takes long: `KBACKUP_EVERY_BIT=1`.
    private static let isChecked = ProcessInfo.processInfo.environment["KBACKUP_EVERY_BIT"] != nil

    @Test("Whoever reads an object in which any bit has flipped is told that it is damaged")
    func everyBit() async throws {
        let objects = try await ExampleRepository(hasPassphrase: false).objects
        let reading = ReadingPath(keys: try await ExampleRepository.open(try await objects.store()).keys)
        var bits = 0
        for (key, whole) in objects where !Self.harmless.contains(where: key.rawValue.hasPrefix) {
            // Sound, it is read; otherwise the test would say nothing.
            try reading.read(key, whole[...], ofByte: nil)
            var bytes = whole
            for byte in whole.indices {
                for bit in 0..<8 {
                    bytes[byte] ^= 1 << UInt8(bit)
                    let error = #expect(throws: RepositoryError.self, "bit \(bit) of byte \(byte) of \(key)") {
                        try reading.read(key, bytes[...], ofByte: byte)
                    }
                    #expect(error?.code == .damaged || (key == Repository.rootKey && error?.code == .otherFormat))
                    bytes[byte] ^= 1 << UInt8(bit)
                    bits += 1
                }
            }
        }
        #expect(bits > 30_000)
    }

    @Test("A check tells of a flipped bit the object, and the backups that it harms")
    func checks() async throws {
        let objects = try await ExampleRepository(hasPassphrase: false).objects
        let needs = try await Needs(ExampleRepository.open(try await objects.store()))
        let bits = objects.keys("").flatMap { key in
            let bytes = objects[key] ?? []
            return (0..<(8 * bytes.count)).filter { bit in
                // Every byte at both ends, where other things stand than ciphertext, and one bit of some of the others.
                let isAtEnd = min(bit / 8, bytes.count - 1 - bit / 8) < 8
                return Self.isChecked || (isAtEnd ? bit % 8 == bit / 8 % 8 : bit % 521 == 0)
            }.map { (key, $0) }
        }
        try await bits.concurrentForEach(width: 4) { key, bit in
            var damaged = objects
            damaged[key]?[bit / 8] ^= 1 << UInt8(bit % 8)
            try await Self.expectFound(damaged, key, byte: bit / 8, bit: bit % 8, needs)
        }
    }

    private static func expectFound(
        _ objects: StoredObjects,
        _ key: ObjectKey,
        byte: Int,
        bit: Int,
        _ needs: Needs
    ) async throws {
        let comment: Comment = "bit \(bit) of byte \(byte) of \(key)"
        let store = try await objects.store()
        if key == Repository.rootKey {
            let error = await #expect(throws: RepositoryError.self, comment) { try await ExampleRepository.open(store) }
            #expect(error?.code == .damaged || error?.code == .otherFormat, comment)
            #expect(error?.message.contains("'root'") == true, comment)
            return
        }
        let report = try await ExampleRepository.open(store).check(dataPercent: 100)
        if harmless.contains(where: key.rawValue.hasPrefix) {
            #expect(report.isSound, comment)
            return
        }
        #expect(Set(report.damages.map(\.object)) == [key.rawValue], comment)
        #expect(report.harmed.map(\.name) == needs.backups(key, byte: byte), comment)
    }
}
