import Foundation
import FuzzTestSupport
import ObjectStore
import ObjectStoreTestSupport
import Testing

@testable import Repository

@Suite("Writing packs anew")
struct RepackTests {
    @Test(
        "What backups need of a pack is written anew, and found; the pack is deleted after the grace",
        arguments: 1...4
    )
    func repack(seed: Int) async throws {
        let fixture = try await RepackFixture(seed: UInt64(seed))
        let before = try await fixture.history.repository.statistics()
        let old = try await fixture.history.stored()
        #expect(before.deadBytesOfNeededPacks > 300_000)

        let report = try await fixture.prune()
        #expect(report.tally(.repack).packs == 1)
        #expect(report.unusedBytes == 0 && report.unreadable == 0 && report.contested == 0)
        #expect(report.written.packs == 1 && report.written.bytes < report.tally(.repack).bytes)
        let relocated = try await fixture.relocated()
        #expect(relocated.count == 1 && relocated.isSubset(of: old))
        #expect(report.packs.contains { $0.action == .repack && relocated.contains($0.pack) })
        #expect(try await fixture.history.stored().isSuperset(of: old))
        try await fixture.expectSound("both are there")

        fixture.store.advance(by: MaintenanceFixture.grace - .seconds(1))
        #expect(try await fixture.prune().tally(.wait).packs == 1)
        #expect(try await fixture.history.stored().isSuperset(of: relocated))
        fixture.store.advance(by: .seconds(1))
        #expect(try await fixture.prune().tally(.delete).packs == 1)
        #expect(try await fixture.history.stored().isDisjoint(with: relocated))
        try await fixture.expectSound("the old pack is gone")
        let after = try await fixture.history.repository.statistics()
        #expect(after.packs.bytes < before.packs.bytes - 300_000)
        #expect(after.unreferencedPacks.count == 0 && after.relocations.count == 1)
        #expect(after.records == before.records && after.recordBytes == before.recordBytes)

        // The mark goes, the relocation stays as long as somebody needs it.
        fixture.store.advance(by: MaintenanceFixture.grace)
        #expect(try await fixture.prune().packs.isEmpty)
        #expect(try await fixture.store.list(prefix: "tombstones/").isEmpty)
        #expect(try await fixture.relocated() == relocated)
        try await fixture.expectSound("the mark is gone")
    }

    @Test(
        "What was written anew is written anew again, and goes when nothing needs it any more",
        arguments: [true, false]
    )
    func chain(isExclusive: Bool) async throws {
        var fixture = try await RepackFixture()
        var options = RepackFixture.options
        options.isExclusive = isExclusive
        for round in 2...5 {
            #expect(try await fixture.prune(options).tally(.repack).packs >= 1)
            fixture.store.advance(by: MaintenanceFixture.grace)
            _ = try await fixture.prune(options)
            try await fixture.expectSound("round \(round)")
            try await fixture.change("r\(round)", deleting: "r\(round - 1)")
            fixture.store.advance(by: MaintenanceFixture.grace)
        }
        #expect(try await fixture.relocated().count > 2)
        try await fixture.history.delete("r5")
        for _ in 0..<4 {
            fixture.store.advance(by: MaintenanceFixture.grace)
            _ = try await fixture.prune(options)
        }
        #expect(try await fixture.packObjects().isEmpty)
    }

    @Test("However often it was written anew, one record is read through the chain")
    func hops() async throws {
        var fixture = try await RepackFixture(isSmall: true)
        let kept = try #require(fixture.table.first { fixture.history.tables["r1"]?[$0.key] == $0.value })
        for round in 2...6 {
            for key in fixture.table.keys where key != kept.key && Bool.random() { fixture.table[key] = [UInt8(round)] }
            try await fixture.backUp("r\(round)")
            try await fixture.history.delete("r\(round - 1)")
            fixture.store.advance(by: MaintenanceFixture.grace)
            _ = try await fixture.prune()
            fixture.store.advance(by: MaintenanceFixture.grace)
            _ = try await fixture.prune()
        }
        try await fixture.expectSound()
        let repository = try await Repository.open(fixture.store, key: fixture.history.fixture.key)
        let snapshot = try await repository.snapshots.read(SnapshotName(cluster: "c", name: "r6")).snapshot
        let contents = repository.contents(of: snapshot.contents[0].manifest)
        let entry = try #require(try await contents.entry(at: Array(kept.key.utf8)))
        #expect(try await contents.record(entry) == kept.value)
    }

    @Test("A prune that is cut off at any request leaves every backup whole, and the next one goes on")
    func cutOff() async throws {
        for moment in CutOffStore.Moment.allCases {
            for start in [false, true] {
                var request = 0
                while true {
                    let fixture = try await RepackFixture()
                    if start {
                        _ = try await fixture.prune()
                        fixture.store.advance(by: MaintenanceFixture.grace)
                    }
                    let store = CutOffStore(fixture.store, at: request, moment)
                    var isWhole = true
                    do {
                        let repository = try await Repository.open(store, key: fixture.history.fixture.key)
                        _ = try await repository.prune(RepackFixture.options, wallClock: 0)
                    } catch { isWhole = false }
                    try await fixture.expectSound("cut off \(moment) request \(request)")
                    for _ in 0..<5 {
                        _ = try await fixture.prune()
                        fixture.store.advance(by: MaintenanceFixture.grace)
                    }
                    try await fixture.expectSound("after request \(request)")
                    let left = try await fixture.history.repository.statistics()
                    #expect(left.unreferencedPacks.count == 0 && left.markedPacks.count == 0)
                    #expect(left.deadBytesOfNeededPacks < 1000)
                    if isWhole, !store.isCut { break }
                    request += 1
                }
                #expect(request > 8)
            }
        }
    }

    @Test("A limit says how much is written anew at most, and how much may be left unused; a dry run does nothing")
    func limits() async throws {
        let fixture = try await RepackFixture()
        let before = try await fixture.history.objects()
        for (limit, percent) in [(0, 0.0), (100_000, 0), (1 << 30, 90)] {
            let options = PruneOptions(isDryRun: true, repackLimit: limit, unusedPercent: percent)
            let report = try await fixture.history.repository.prune(options, wallClock: 2_000_000_000)
            #expect(report.tally(.repack).packs == 0)
            #expect(limit == 0 || report.unusedBytes > 300_000)
        }
        let said = try await fixture.history.repository.prune(
            PruneOptions(isDryRun: true, unusedPercent: 0),
            wallClock: 2_000_000_000
        )
        #expect(said.tally(.repack).packs == 1 && said.written.packs == 0)
        #expect(try await fixture.history.objects() == before)
        #expect(try await fixture.prune().tally(.repack) == said.tally(.repack))
    }

    @Test("A damaged pack is not written anew")
    func damagedPack() async throws {
        let fixture = try await RepackFixture()
        let said = try await fixture.prune(PruneOptions(isDryRun: true, isExclusive: true, unusedPercent: 0))
        let pack = try #require(said.packs.first { $0.action == .repack }).pack
        let live = try await ReachabilityWalk(fixture.history.repository) { throw $1 }.run().live
        let block = try #require(live.packs[pack]?.keys.first { $0.kind == .objects })
        try await fixture.history.fixture.damage(block)
        fixture.store.advance(by: MaintenanceFixture.grace)
        let report = try await fixture.prune()
        #expect(report.unreadable == 1)
        #expect(try await fixture.relocated().isEmpty)
        #expect(try await fixture.history.stored().contains(pack))
    }

    @Test("Chunks are found in their new place")
    func chunks() async throws {
        var random = SeededGenerator(state: 3)
        let history = try await MaintenanceFixture(backups: 0, deleting: [])
        let (kept, dropped, other) = (random.bytes(600_000), random.bytes(600_000), random.bytes(100_000))
        _ = try await history.fixture.backUpStream(kept + dropped, chunks: 100_000, as: "s0")
        _ = try await history.fixture.backUpStream(kept + other, chunks: 100_000, as: "s1")
        try await history.repository.snapshots.delete(SnapshotName(cluster: "c", name: "s0"))
        history.store.advance(by: MaintenanceFixture.grace)
        #expect(try await history.prune(RepackFixture.options).tally(.repack).packs == 1)
        for round in 0..<3 {
            let again = try await history.fixture.backUpStream(kept + other, chunks: 100_000, as: "t\(round)")
            #expect(again.snapshot.statistics.newRecords == 0)
            #expect(again.warnings.isEmpty)
            history.store.advance(by: MaintenanceFixture.grace)
            _ = try await history.prune(RepackFixture.options)
        }
        // What was left out is not taken for there.
        let back = try await history.fixture.backUpStream(dropped, chunks: 100_000, as: "back")
        #expect(back.snapshot.statistics.newRecords == 6)
        #expect(try await history.repository.check(dataPercent: 100).isSound)
        let repaired = try await history.repository.repairIndex(isDryRun: false)
        #expect(repaired.unreadablePacks.isEmpty)
        let last = try await history.fixture.backUpStream(kept + other + dropped, chunks: 100_000, as: "last")
        #expect(last.snapshot.statistics.newRecords == 0)
    }
}
