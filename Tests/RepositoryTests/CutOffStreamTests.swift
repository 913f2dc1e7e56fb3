import Foundation
import FuzzTestSupport
import ObjectStore
import Testing

@testable import Repository

@Suite("Long backups that are cut off")
struct CutOffStreamTests {
    private struct Cut: Error {}

    /// A repository in which a first backup of ten chunks was cut off before its third pack; each pack has an index.
    private struct CutOff {
        let fixture: RepositoryFixture
        let data: [UInt8]

        private static let chunk = 4_000_000

        static func make() async throws -> CutOff {
            let made = try await RepositoryFixture()
            var repository = made.repository
            repository.packsOfSegment = 1
            var random = SeededGenerator(state: 31)
            var chunk = random.bytes(Self.chunk)
            var data: [UInt8] = []
            for number in 0..<10 {
                chunk[0] = UInt8(number)
                data += chunk
            }
            let cut = CutOff(fixture: made.with(repository), data: data)
            let store = cut.fixture.store
            let third = Once(after: 2)
            store.onRequest { request in
                guard case .put(let key) = request, PackID(key: key) != nil, third.isTime() else { return }
                // The two before are stored by others.
                for _ in 0..<100_000 {
                    if store.requests.contains(where: \.isSegment) { break }
                    await Task.yield()
                }
                throw Cut()
            }
            await #expect(throws: Cut.self) { _ = try await cut.backUp("one") }
            store.onRequest(nil)
            return cut
        }

        func backUp(_ name: String) async throws -> Snapshot {
            try await fixture.backUpStream(data, chunks: Self.chunk, as: name).snapshot
        }

        func segments() async throws -> Int { try await fixture.store.list(prefix: ChunkIndex.prefix).count }

        func expectWhole(_ snapshot: Snapshot) async throws {
            let reader = try await fixture.reader(snapshot)
            for start in stride(from: 0, to: data.count, by: Self.chunk) {
                let entry = try #require(try await reader.entry(at: .number(UInt64(start))))
                let isSame = try await reader.record(entry).elementsEqual(data[start..<(start + Self.chunk)])
                #expect(isSame, "the chunk at \(start)")
            }
        }
    }

    @Test("The next backup finds what was stored by the index, and stores the rest")
    func continued() async throws {
        let cut = try await CutOff.make()
        #expect(try await cut.segments() >= 1)
        let two = try await cut.backUp("two")
        #expect((1..<10).contains(two.statistics.newRecords))
        try await cut.expectWhole(two)
        #expect(try await cut.fixture.repository.check(dataPercent: 100).isSound)
        // No chunk is told of twice.
        #expect(try await cut.fixture.repository.repairIndex(isDryRun: true).chunks == 10)
        #expect(try await cut.backUp("three").statistics.newRecords == 0)
    }

    @Test("A prune deletes the packs that nothing came of, and their index, after its grace")
    func pruned() async throws {
        let cut = try await CutOff.make()
        let repository = cut.fixture.repository
        let young = try await repository.prune(PruneOptions(), wallClock: 0)
        #expect(young.tally(.spare).packs > 0 && young.deletedIndexSegments == 0)
        cut.fixture.store.advance(by: PruneOptions.standardGrace)
        #expect(
            try await repository.prune(PruneOptions(), wallClock: 0).tally(.mark).packs == young.tally(.spare).packs
        )
        // Nothing refers to marked packs any more.
        let two = try await cut.backUp("two")
        #expect(two.statistics.newRecords == 10)
        cut.fixture.store.advance(by: PruneOptions.standardGrace)
        let old = try await repository.prune(PruneOptions(), wallClock: 0)
        #expect(old.tally(.delete).packs == young.tally(.spare).packs && old.deletedIndexSegments >= 1)
        try await cut.expectWhole(two)
        #expect(try await cut.backUp("three").statistics.newRecords == 0)
    }

    @Test("A prune that marks the packs while a backup refers to them makes it begin again")
    func markedMeanwhile() async throws {
        let cut = try await CutOff.make()
        cut.fixture.store.advance(by: PruneOptions.standardGrace)
        let once = Once(after: 0)
        let repository = cut.fixture.repository
        cut.fixture.store.onRequest { request in
            guard case .put(let key) = request, PackID(key: key) != nil, once.isTime() else { return }
            let report = try await repository.prune(PruneOptions(), wallClock: 0)
            #expect(report.tally(.mark).packs > 0)
        }
        await #expect(throws: DamagedParentError.self) { _ = try await cut.backUp("two") }
        #expect(try await repository.snapshots.list().isEmpty)
        try await cut.expectWhole(try await cut.backUp("two"))
    }
}

extension StoreRequest {
    /// Whether a segment of the index is stored.
    fileprivate var isSegment: Bool {
        if case .put(let key) = self { key.rawValue.hasPrefix(ChunkIndex.prefix) } else { false }
    }
}
