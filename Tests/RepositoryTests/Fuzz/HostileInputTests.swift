import Crypto
import Foundation
import ObjectStore
import Testing
import Zstandard

@testable import Repository

/// Inputs that claim more than there is, or cost more than they weigh.
@Suite("Bytes that claim too much")
struct HostileInputTests {
    private func expectDamaged(_ body: () throws -> Void, _ comment: Comment? = nil) {
        let error = #expect(throws: RepositoryError.self, comment) { try body() }
        #expect(error?.code == .damaged, comment)
    }

    @Test("A frame that expands beyond what was claimed for it is refused, and so is one that claims more itself")
    func bombs() {
        let frame = Zstandard.compress([UInt8](repeating: 0, count: 1 << 20), level: 1)
        for size in [0, 100, (1 << 20) - 1, (1 << 20) + 1, FormatLimits.payload] {
            var writer = ByteWriter()
            writer.write(1)
            writer.write(fixed: UInt32(size))
            writer.write(frame)
            expectDamaged({ _ = try CompressedPayload.unwrap(writer.bytes, subject: "A bomb") }, "\(size)")
        }
        var writer = ByteWriter()
        writer.write(1)
        writer.write(fixed: UInt32(FormatLimits.payload + 1))
        writer.write(frame)
        expectDamaged { _ = try CompressedPayload.unwrap(writer.bytes, subject: "A bomb") }
    }

    @Test("A page whose short rows repeat a long key does not expand beyond its limit")
    func longKeys() throws {
        let length = 1 << 20
        var writer = ByteWriter()
        writer.write(1)
        writer.write(count: FormatLimits.pageRows)
        writer.write(count: 0)
        writer.write(count: length)
        for _ in 1..<FormatLimits.pageRows {
            writer.write(count: length)
            writer.write(count: 2)
        }
        writer.write([UInt8](repeating: 0, count: length))
        for row in 1..<FormatLimits.pageRows { writer.write([UInt8(row >> 8), UInt8(row & 255)]) }
        writer.write([UInt8](repeating: 1, count: FormatLimits.pageRows))
        writer.write([0, 0])
        expectDamaged { _ = try ManifestPage.decode(writer.bytes, subject: "A page") }
    }

    @Test("Keys of a page may be as long as the longest path of a file, and no longer")
    func keyLimit() async throws {
        let longest = ManifestKey(repeating: 1, count: FormatLimits.key)
        let bytes = ManifestPage.encode([.removed(longest), .removed([2])])
        #expect(try ManifestPage.decode(bytes, subject: "A page").map(\.key) == [longest, [2]])
        expectDamaged { _ = try ManifestPage.decode(ManifestPage.encode([.removed(longest + [1])]), subject: "A page") }
        expectDamaged {
            _ = try ManifestPage.decode(
                ManifestPage.encode([.removed(longest), .removed(longest + [1])]),
                subject: "A page"
            )
        }
        var fixture = try await RepositoryFixture()
        let text = String(repeating: "a", count: FormatLimits.key + 1)
        let error = await #expect(throws: RepositoryError.self) { try await fixture.backUp([text: [1]], as: "n") }
        #expect(error?.code == .outOfLimits)
        _ = try await fixture.backUp([String(text.dropLast()): [1]], as: "n")
        #expect(try await fixture.read("n").count == 1)
    }

    @Test("A footer, a page and a segment that claim more entries than they have bytes are refused")
    func counts() {
        for count in [1 << 12, 1 << 20, 1 << 22, 1 << 31, Int.max] {
            var writer = ByteWriter()
            writer.write(1)
            writer.write(count: count)
            let bytes = writer.bytes
            expectDamaged({ _ = try PackFooter.decode(bytes, pack: PackID()) }, "\(count)")
            expectDamaged({ _ = try ManifestPage.decode(bytes, subject: "A page") }, "\(count)")
            expectDamaged({ _ = try IndexSegment.decode(bytes, subject: "A segment") { _, _, _, _ in } }, "\(count)")
        }
    }

    @Test("Numbers that do not end, or are too large, are refused")
    func numbers() throws {
        for bytes in [
            [UInt8](repeating: 0x80, count: 20), [UInt8](repeating: 0xFF, count: 9) + [2], [0x80],
            [UInt8](repeating: 0x80, count: 10) + [0],
        ] {
            expectDamaged {
                var reader = ByteReader(bytes, subject: "A number")
                _ = try reader.readVariable()
            }
        }
        var reader = ByteReader([UInt8](repeating: 0xFF, count: 9) + [1], subject: "A number")
        #expect(try reader.readVariable() == .max)
    }

    @Test(
        "A snapshot whose numbers cannot be is damaged, and is not added up",
        arguments: ["-1", "9223372036854775807"]
    )
    func snapshotNumbers(number: String) async throws {
        let objects = try await ExampleRepository(hasPassphrase: false).objects
        let repository = try await ExampleRepository.open(try await objects.store())
        let key = SnapshotStore.key(ExampleRepository.first)
        let text = String(
            decoding: try Envelope.open(objects[key] ?? [], named: key.rawValue, keys: repository.keys),
            as: UTF8.self
        )
        for field in ["entryCount", "recordBytes", "rows"] {
            var changed = objects
            let bytes = Array(text.replacing(try Regex("\"\(field)\":[0-9]+"), with: "\"\(field)\":\(number)").utf8)
            #expect(bytes != Array(text.utf8))
            changed[key] = try Envelope.seal(bytes, named: key.rawValue, keys: repository.keys)
            let report = try await ExampleRepository.open(try await changed.store()).check(dataPercent: 0)
            #expect(report.damages.map(\.object) == [key.rawValue], "\(field)")
        }
    }

    @Test("A snapshot that says that it is another backup is damaged")
    func snapshotName() async throws {
        let objects = try await ExampleRepository(hasPassphrase: false).objects
        let repository = try await ExampleRepository.open(try await objects.store())
        let key = SnapshotStore.key(ExampleRepository.first)
        let bytes = try Envelope.open(objects[key] ?? [], named: key.rawValue, keys: repository.keys)
        expectDamaged { _ = try SnapshotStore.decode(bytes, ExampleRepository.second) }
        #expect(try SnapshotStore.decode(bytes, ExampleRepository.first).details == ExampleContents.details)
    }

    @Test("A root that was changed by who holds no key is refused, whatever its checksum says")
    func forgedRoot() async throws {
        let objects = try await ExampleRepository(hasPassphrase: false).objects
        var root = try RepositoryRoot.decode(objects[Repository.rootKey] ?? [], location: "memory://")
        root.slots.append(root.slots[0])
        let forger = MasterKey().keys(repositoryID: root.repositoryID)
        let bytes = try root.encoded(keys: forger)
        let error = #expect(throws: RepositoryError.self) {
            try RepositoryRoot.decode(bytes, location: "memory://").open(
                with: ExampleRepository.key,
                location: "memory://"
            )
        }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("without its key") == true)
    }

    @Test("Bytes between the blocks and the footer of a pack, or behind the records of a block, are found")
    func hiddenBytes() async throws {
        let keys = MasterKey().keys(repositoryID: RepositoryID())
        let record: [UInt8] = [1, 2, 3]
        let id = RecordID(of: record[...], keys: keys)
        for (gap, extra) in [(0, 0), (5, 0), (0, 5)] {
            let pack = PackID()
            let sealing = PackSealing(id: pack, keys: keys)
            let payload = CompressedPayload.wrap(record + [UInt8](repeating: 0, count: extra), level: 1)
            let block = try sealing.seal(payload, number: 0, kind: BlockKind.objects.rawValue)
            var bytes = PackFooter.header + block
            var footer = PackFooter()
            footer.blocks = [
                PackFooter.Block(kind: .objects, storedLength: UInt32(bytes.count - 8), records: [(id, record.count)])
            ]
            bytes += [UInt8](repeating: 0, count: gap)
            let sealed = try sealing.seal(CompressedPayload.wrap(footer.encoded(), level: 3), number: .max, kind: 255)
            var length = ByteWriter()
            length.write(fixed: UInt32(sealed.count))
            bytes += sealed + length.bytes + PackFooter.trailerEnd
            let store = try await [pack.key: bytes].store()
            let listed = ListedPack(id: pack, sizeInBytes: bytes.count, modifiedAt: 0)
            let finding = try await PackCheck(listed, live: [:], reader: PackReader(store: store, keys: keys))
                .run(readsData: true)
            #expect(finding.messages.isEmpty == (gap + extra == 0), "\(gap) and \(extra): \(finding.messages)")
        }
    }
}
