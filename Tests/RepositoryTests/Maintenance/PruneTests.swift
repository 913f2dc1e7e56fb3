import Foundation
import FuzzTestSupport
import ObjectStore
import Testing

@testable import Repository

@Suite("Pruning")
struct PruneTests {
    @Test(
        "Packs that nothing refers to are marked, and deleted after the grace, and no others",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func twoPhases(seed: UInt64) async throws {
        let history = try await MaintenanceFixture(seed: seed)
        let live = try await history.reachable()
        let all = try await history.stored()
        let dead = all.subtracting(live)
        #expect(!dead.isEmpty && !live.isEmpty)

        // All packs are young: they may belong to a backup that is being made.
        let young = try await history.prune()
        #expect(young.tally(.spare).packs == dead.count)
        #expect(young.tally(.mark).packs == 0)

        history.store.advance(by: MaintenanceFixture.grace)
        let marked = try await history.prune()
        #expect(marked.tally(.mark).packs == dead.count)
        #expect(marked.tally(.keep).packs == live.count)
        #expect(Set(marked.packs.map(\.pack)) == dead)
        #expect(try await history.stored() == all)

        history.store.advance(by: MaintenanceFixture.grace - .seconds(1))
        let waiting = try await history.prune()
        #expect(waiting.tally(.wait).packs == dead.count)
        #expect(try await history.stored() == all)

        history.store.advance(by: .seconds(1))
        let deleted = try await history.prune()
        #expect(deleted.tally(.delete).packs == dead.count)
        #expect(deleted.contested == 0)
        #expect(try await history.stored() == live)
        try await history.expectAllReadable()
        // For backups that began before, the marks outlive their packs.
        #expect(try await history.store.list(prefix: "tombstones/").count == dead.count)

        history.store.advance(by: MaintenanceFixture.grace)
        let last = try await history.prune()
        #expect(last.packs.isEmpty)
        #expect(try await history.store.list(prefix: "tombstones/").isEmpty)
        #expect(try await history.store.list(prefix: "logs/").isEmpty)
        try await history.expectAllReadable()
    }

    @Test("A dry run does nothing, and says what then happens")
    func dryRun() async throws {
        let history = try await MaintenanceFixture()
        let before = try await history.objects()
        let said = try await history.prune(PruneOptions(isDryRun: true, isExclusive: true))
        #expect(try await history.objects() == before)
        let done = try await history.prune(PruneOptions(isExclusive: true))
        #expect(said.packs.map(\.pack) == done.packs.map(\.pack))
        #expect(said.tallies == done.tallies)
        #expect(done.tally(.delete).packs > 0)
    }

    @Test("Alone, a prune deletes at once, and writes nothing")
    func exclusive() async throws {
        let history = try await MaintenanceFixture()
        let live = try await history.reachable()
        // A full store takes nothing.
        history.store.onRequest { if case .put = $0 { throw ObjectStoreError(.full, "full") } }
        _ = try await history.prune(PruneOptions(isExclusive: true))
        history.store.onRequest(nil)
        #expect(try await history.stored() == live)
        try await history.expectAllReadable()
        // What a prune with a grace has marked goes as well, with its marks.
        var other = try await MaintenanceFixture()
        other.store.advance(by: MaintenanceFixture.grace)
        _ = try await other.prune()
        try await other.delete("b4")
        _ = try await other.prune(PruneOptions(isExclusive: true))
        #expect(try await other.stored() == (try await other.reachable()))
        #expect(try await other.store.list(prefix: "tombstones/").isEmpty)
        try await other.expectAllReadable()
    }

    @Test("Where a backup cannot be read, nothing is pruned", arguments: [true, false], [true, false])
    func damaged(isSnapshot: Bool, isExclusive: Bool) async throws {
        let history = try await MaintenanceFixture()
        history.store.advance(by: MaintenanceFixture.grace)
        let snapshot = try await history.repository.snapshots.read(SnapshotName(cluster: "c", name: "b2")).snapshot
        if isSnapshot {
            try await history.store.damage(ObjectKey("snapshots/c/b2")) { $0[$0.count / 2] ^= 1 }
        } else {
            try await history.fixture.damage(snapshot.contents[0].manifest.layers[0].pages[0].block)
        }
        let before = try await history.objects()
        let error = await #expect(throws: RepositoryError.self) {
            _ = try await history.prune(PruneOptions(isExclusive: isExclusive))
        }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("Nothing was pruned") == true)
        #expect(try await history.objects() == before)
    }

    /// A prune that is about to do one of its things.
    enum Phase: CaseIterable {
        case marking, deleting, alone
    }

    @Test(
        "Cut off before any request, it leaves all backups whole, and the next one ends the work",
        arguments: Phase.allCases
    )
    func killed(phase: Phase) async throws {
        var requests = 0
        while true {
            let history = try await MaintenanceFixture(backups: 4, deleting: [0, 1, 3])
            let options = PruneOptions(isExclusive: phase == .alone)
            history.store.advance(by: MaintenanceFixture.grace)
            if phase == .deleting {
                _ = try await history.prune(options)
                history.store.advance(by: MaintenanceFixture.grace)
            }
            let budget = RequestBudget(requests)
            history.store.onRequest { _ in try budget.spend() }
            var isDone = false
            do {
                _ = try await history.prune(options)
                isDone = true
            } catch is RequestBudget.Spent {}
            history.store.onRequest(nil)
            try await history.expectAllReadable("cut off after \(requests) requests")
            for _ in 0..<3 {
                history.store.advance(by: MaintenanceFixture.grace)
                _ = try await history.prune(options)
            }
            #expect(try await history.stored() == (try await history.reachable()))
            #expect(try await history.store.list(prefix: "tombstones/").isEmpty)
            try await history.expectAllReadable("cut off after \(requests) requests, and pruned again")
            if isDone { break }
            requests += 1
        }
        #expect(requests > 5)
    }

    @Test("Of the index, segments go whose packs are all gone")
    func index() async throws {
        let fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: 9)
        for name in ["one", "two"] {
            _ = try await fixture.backUpStream(random.bytes(600_000), chunks: 300_000, as: name)
        }
        #expect(try await fixture.store.list(prefix: "index/").count == 2)
        try await fixture.repository.snapshots.delete(SnapshotName(cluster: "c", name: "one"))
        let report = try await fixture.repository.prune(PruneOptions(isExclusive: true), wallClock: 0)
        #expect(report.tally(.delete).packs == 1)
        #expect(report.deletedIndexSegments == 1)
        #expect(try await fixture.store.list(prefix: "index/").count == 1)
        #expect(try await fixture.repository.check(dataPercent: 100).isSound)
    }
}
