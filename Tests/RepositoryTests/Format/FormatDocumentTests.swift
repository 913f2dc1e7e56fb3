import Crypto
import Foundation
import ObjectStore
import Testing

@testable import Repository

/// What `docs/format.md` shows is what the golden repository holds.
@Suite("The examples of docs/format.md")
struct FormatDocumentTests {
    private let objects: StoredObjects
    private let repository: Repository
    private let root: RepositoryRoot
    private static let goneID = "109b16f543f439d2eaa19a24a59890c3"
    private let gone: PackID
    private let segment: ObjectKey

    init() async throws {
        objects = try GoldenRepository.objects()
        repository = try await ExampleRepository.open(try await objects.store())
        root = try RepositoryRoot.decode(objects[Repository.rootKey] ?? [], location: "memory://")
        gone = try #require(PackID(hexadecimal: Self.goneID))
        segment = try #require(objects.keys("index/").first)
    }

    private func derive(_ master: SymmetricKey, _ use: String) -> String {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master,
            salt: root.repositoryID.bytes,
            info: Array("kbackup 1 \(use)".utf8),
            outputByteCount: 32
        ).hexadecimal
    }

    @Test("Keys are derived as it says")
    func keys() async throws {
        let slot = try #require(root.slots.first { $0.kind == .passphrase })
        let passphrase = RepositoryKey.passphrase(ExampleRepository.passphrase)
        let wrapping = try KeySlot.wrappingKey(passphrase, salt: slot.salt, scrypt: slot.scrypt)
        let master = try #require(try slot.open(with: passphrase, repositoryID: root.repositoryID)).key
        let keys = repository.keys
        let sealed = objects[segment] ?? []
        var expected = [
            "repository id": root.repositoryID.description,
            "passphrase": ExampleRepository.passphrase,
            "the passphrase's slot": slot.id,
            "the slot's salt": slot.salt.hexadecimal,
            "scrypt (n 32768, r 8, p 3) of passphrase and salt": wrapping.hexadecimal,
            "associated data of the slot": "kbackup 1 slot \(root.repositoryID) \(slot.id) passphrase",
            "master key": master.hexadecimal,
            "gear table, entry 0": Self.hexadecimal(keys.gearTable[0]),
            "gear table, entry 255": Self.hexadecimal(keys.gearTable[255]),
            "pack": gone.description,
            "the pack's key": keys.packKey(gone).hexadecimal,
            "record 01 02 03, its id": RecordID(of: [1, 2, 3], keys: keys).bytes.hexadecimal,
            "index segment": segment.rawValue,
            "the segment's key": keys.envelopeKey(salt: sealed[8..<24]).hexadecimal,
            "root hash of the objects of `first`": try await repository.snapshots.read(ExampleRepository.first).snapshot
                .contents[0].manifest.rootHash.description,
        ]
        for use in ["record id", "manifest hash", "root", "pack", "envelope", "chunker"] {
            expected["key for \(use)"] = derive(master, use)
        }
        #expect(try FormatDocument().values() == expected)
        // The keys of uses are what the others are derived from.
        #expect(expected["key for root"] == keys.root.hexadecimal)
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }.hexadecimal
    }

    @Test("Objects, and what is encrypted in them, have the bytes that it shows")
    func bytes() async throws {
        let pack = try #require(objects[gone.key])
        let footer = try await repository.reader.readFooter(of: gone)
        let first = footer.locations(in: gone)[0]
        let sealing = PackSealing(id: gone, keys: repository.keys)
        let second = try await repository.snapshots.read(ExampleRepository.second).snapshot
        let page = try #require(second.content(.objects)).manifest.layers[1].pages[0].block
        let sealed = try #require(objects[segment])
        let expected: [String: [UInt8]] = [
            "pack": pack,
            "payload of block 0": try sealing.open(
                pack[Int(first.offset)..<(Int(first.offset) + Int(first.storedLength))],
                number: 0,
                kind: first.kind.rawValue
            ),
            "footer": footer.encoded(),
            "page": try await repository.reader.read(page),
            "envelope": sealed,
            "segment": try Envelope.open(sealed, named: segment.rawValue, keys: repository.keys),
            "node": ExampleContents.fileNode,
        ]
        let shown = try FormatDocument().bytes()
        #expect(Set(shown.keys) == Set(expected.keys))
        for (name, bytes) in expected { #expect(shown[name] == bytes, "\(name)") }
    }

    @Test("Documents are those that it shows, but for their line breaks")
    func documents() throws {
        func value(_ json: some Sequence<UInt8>) throws -> NSDictionary {
            try #require(try JSONSerialization.jsonObject(with: Data(json)) as? NSDictionary)
        }
        let key = SnapshotStore.key(ExampleRepository.second)
        let snapshot = try Envelope.open(objects[key] ?? [], named: key.rawValue, keys: repository.keys)
        let expected = [
            "root": try value(objects[Repository.rootKey] ?? []),
            "snapshot": try value(snapshot.prefix { $0 != UInt8(ascii: "\n") }),
        ]
        #expect(try FormatDocument().blocks("json").mapValues { try value($0.utf8) } == expected)
        let mark = String(decoding: objects[TombstoneStore.key(gone)] ?? [], as: UTF8.self)
        #expect(try FormatDocument().blocks("text") == ["mark": String(mark.dropLast())])
    }
}

extension SymmetricKey {
    fileprivate var hexadecimal: String { unsafe withUnsafeBytes { unsafe Array($0) }.hexadecimal }
}
