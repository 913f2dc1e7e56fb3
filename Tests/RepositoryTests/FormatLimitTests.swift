import Foundation
import ObjectStore
import Testing

@testable import Repository

@Suite("Limits of the format")
struct FormatLimitTests {
    /// Puts an object of so many zero bytes in the place of another.
    private func grow(_ key: ObjectKey, to size: Int, _ store: any ObjectStore) async throws {
        try await store.put([UInt8](repeating: 0, count: size), at: key, if: .always)
    }

    @Test("An object that is longer than it can be is not fetched, and told to be damaged")
    func tooLong() async throws {
        var fixture = try await RepositoryFixture()
        _ = try await fixture.backUp(["a": [1]], as: "n")
        let name = SnapshotName(cluster: "c", name: "n")
        let report = try await fixture.repository.restores.write([1, 2], named: name, number: 1)
        let repository = fixture.repository
        let reads: [(ObjectKey, Int, () async throws -> Void)] = [
            (ObjectKey("snapshots/c/n"), FormatLimits.envelope, { _ = try await repository.snapshots.read(name) }),
            (report.key, FormatLimits.envelope, { _ = try await repository.restores.read(report) }),
            (Repository.rootKey, FormatLimits.root, { _ = try await Repository.open(fixture.store, key: fixture.key) }),
        ]
        for (key, limit, read) in reads {
            try await read()
            try await grow(key, to: limit + 1, fixture.store)
            fixture.store.watch(key)
            let error = await #expect(throws: RepositoryError.self) { try await read() }
            #expect(error?.code == .damaged, "\(key)")
            #expect(error?.message.contains("'\(key)'") == true)
            #expect(fixture.store.watched == [.whole(limit: limit)], "\(key)")
        }
    }

    @Test("An index segment that is longer than it can be is passed over")
    func longSegment() async throws {
        let fixture = try await RepositoryFixture()
        let key = ObjectKey("index/0/00112233445566778899aabbccddeeff")
        try await grow(key, to: FormatLimits.envelope + 1, fixture.store)
        _ = try await fixture.repository.writeBackup(
            SnapshotName(cluster: "c", name: "n"),
            parent: nil,
            at: Date(),
            includesStreams: true
        ) { writer in
            #expect(writer.warnings.count == 1)
            #expect(writer.warnings.first?.contains("'\(key)'") == true)
            return Repository.Draft(contents: []) { _ in [] }
        }
    }

    @Test("A block that is said to be longer than a block can be is not fetched")
    func longBlock() async throws {
        var fixture = try await RepositoryFixture()
        let snapshot = try await fixture.backUp(["a": [1]], as: "n")
        var block = try #require(try await fixture.reader(snapshot).entry(at: [UInt8(ascii: "a")])).location.block
        block = BlockLocation(
            pack: block.pack,
            number: block.number,
            kind: block.kind,
            offset: block.offset,
            storedLength: UInt32(FormatLimits.sealedPayload + 1)
        )
        let gets = fixture.store.gets
        let error = await #expect(throws: RepositoryError.self) { try await fixture.repository.reader.read(block) }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains(block.pack.description) == true)
        let opened = try await fixture.repository.reader.read(BlockRange(of: block))
        #expect(throws: RepositoryError.self) { try opened[0].1.get() }
        #expect(fixture.store.gets == gets)
    }

    @Test("What is too long for an object is refused when it is written")
    func tooLongToWrite() async throws {
        let fixture = try await RepositoryFixture()
        let error = await #expect(throws: RepositoryError.self) {
            try await fixture.repository.restores.write(
                [UInt8](repeating: 0, count: FormatLimits.payload + 1),
                named: SnapshotName(cluster: "c", name: "n"),
                number: 1
            )
        }
        #expect(error?.code == .outOfLimits)
        #expect(try await fixture.store.list(prefix: "restores/").isEmpty)
    }
}
