import Foundation
import ObjectStore
import Synchronization
import Testing

@testable import Repository

@Suite("Pruning beside backups")
struct PruneRaceTests {
    /// A backup that is left alone, and one that builds on it; the first is deleted while the second is made.
    private struct Race {
        var history: MaintenanceFixture
        var table: [String: [UInt8]]

        init() async throws {
            history = try await MaintenanceFixture(backups: 2, deleting: [])
            table = try #require(history.tables["b1"])
            for number in 0..<5 { table[MaintenanceFixture.key(number)] = [UInt8(number)] }
            history.store.advance(by: MaintenanceFixture.grace)
        }

        mutating func backUp() async throws -> Int {
            let attempt = try await history.fixture.backUpAsEngine(table)
            history.tables["new"] = table
            return attempt
        }
    }

    /// Deletes both backups that there were.
    private static func forgetAll(_ repository: Repository) async throws {
        for name in ["b0", "b1"] {
            let name = SnapshotName(cluster: "c", name: name)
            if try await repository.snapshots.exists(name) { try await repository.snapshots.delete(name) }
        }
    }

    @Test(
        "Whatever a prune marks and deletes between two requests of a backup, the backup ends up whole",
        arguments: [true, false]
    )
    func eachRequest(deletes: Bool) async throws {
        var request = 0
        var attempts: Set<Int> = []
        while true {
            var race = try await Race()
            let history = race.history
            let once = Once(after: request)
            history.store.onRequest { request in
                guard once.isTime() else { return }
                history.store.onRequest(nil)
                try await Self.forgetAll(history.repository)
                _ = try await history.prune()
                // What commits now has looked a moment ago, not a grace.
                if case .put(let key) = request, key.rawValue.hasPrefix("snapshots/") { return }
                guard deletes else { return }
                history.store.advance(by: MaintenanceFixture.grace)
                _ = try await history.prune()
            }
            let attempt = try await race.backUp()
            history.store.onRequest(nil)
            if !once.wasTime { break }
            attempts.insert(attempt)
            race.history.tables = ["new": race.table]
            for _ in 0..<3 {
                try await race.history.expectAllReadable("a prune before request \(request)")
                history.store.advance(by: MaintenanceFixture.grace)
                _ = try await race.history.prune()
            }
            try await race.history.expectAllReadable("a prune before request \(request)")
            #expect(try await race.history.stored() == (try await race.history.reachable()))
            request += 1
        }
        #expect(request >= 5)
        #expect(attempts.contains(1) && attempts.count > 1)
    }

    @Test("A mark that a backup has outrun is taken back, and the pack stays")
    func revival() async throws {
        var race = try await Race()
        let history = race.history
        history.store.onRequest { request in
            guard case .put(let key) = request, key.rawValue == "snapshots/c/new" else { return }
            history.store.onRequest(nil)
            try await Self.forgetAll(history.repository)
            #expect(try await history.prune().tally(.mark).packs > 0)
        }
        #expect(try await race.backUp() == 1)
        race.history.tables = ["new": race.table]
        history.store.advance(by: MaintenanceFixture.grace)
        let revived = try await race.history.prune()
        #expect(revived.tally(.revive).packs > 0)
        #expect(revived.tally(.delete).packs == 0 || revived.tally(.keep).packs > 0)
        try await race.history.expectAllReadable()
        // It counts as no mark: the next backup uses it.
        let puts = history.store.puts
        var options = RepositoryFixture.Options()
        options.distrusted = [PackID()]
        _ = try await race.history.fixture.backUp(race.table, as: "next", options)
        #expect(history.store.puts == puts + 1)
        race.history.tables["next"] = race.table
        // And it can be marked again.
        try await race.history.delete("new")
        try await race.history.delete("next")
        #expect(try await race.history.prune().tally(.mark).packs > 0)
    }

    @Test("Of a prune that takes a mark back and one that deletes, one goes on")
    func twoPrunes() async throws {
        let history = try await MaintenanceFixture()
        let live = try await history.reachable()
        history.store.advance(by: MaintenanceFixture.grace)
        let marked = try await history.prune().packs.filter { $0.action == .mark }.map(\.pack)
        history.store.advance(by: MaintenanceFixture.grace)
        let tombstones = TombstoneStore(store: history.store)
        // The prune has seen the marks, and is about to claim the first.
        let once = Once(after: 0)
        history.store.onRequest { request in
            guard case .put(let key) = request, key.rawValue.hasPrefix("tombstones/"), once.isTime() else { return }
            for pack in marked {
                let mark = try await tombstones.list()[pack]
                #expect(try await tombstones.write(.revived, for: pack, replacing: mark))
            }
        }
        let report = try await history.prune()
        #expect(report.contested == marked.count)
        #expect(try await history.stored() == live.union(marked))
    }

    @Test(
        "A pack of its own that was marked is taken back; one that is being deleted fails the backup",
        arguments: [true, false]
    )
    func ownPack(isDeleting: Bool) async throws {
        var race = try await Race()
        let history = race.history
        let tombstones = TombstoneStore(store: history.store)
        history.store.onRequest { request in
            guard case .list(TombstoneStore.prefix) = request else { return }
            history.store.onRequest(nil)
            let new = try await history.stored().subtracting(try await history.reachable())
            #expect(new.count == 1)
            for pack in new {
                #expect(try await tombstones.write(isDeleting ? .deleting : .marked, for: pack, replacing: nil))
            }
        }
        if isDeleting {
            let error = await #expect(throws: RepositoryError.self) { _ = try await race.backUp() }
            #expect(error?.message.contains("--grace") == true)
        } else {
            #expect(try await race.backUp() == 1)
            #expect(try await tombstones.list().values.map(\.state) == [.revived])
            try await race.history.expectAllReadable()
        }
    }

    @Test("A backup that lasts looks whether its packs are still there")
    func longBackup() async throws {
        let history = try await MaintenanceFixture(backups: 2, deleting: [])
        let snapshot = try await history.repository.snapshots.read(SnapshotName(cluster: "c", name: "b1")).snapshot
        let page = snapshot.contents[0].manifest.layers[0].pages[0].block
        let inventory = try await PackInventory.load(from: history.store, distrusting: [])
        try await inventory.check(page)
        let start = ContinuousClock.now - TombstoneStore.shortestGrace
        try await history.repository.checkTombstones(inventory, newPacks: [page.pack], since: start)
        try await history.store.delete([page.pack.key])
        await #expect(throws: DamagedParentError.self) {
            try await history.repository.checkTombstones(inventory, newPacks: [], since: start)
        }
        let empty = PackInventory.empty(history.store)
        await #expect(throws: RepositoryError.self) {
            try await history.repository.checkTombstones(empty, newPacks: [page.pack], since: start)
        }
        // One that does not has nothing to look for.
        let requests = history.store.requests.count
        try await history.repository.checkTombstones(empty, newPacks: [page.pack], since: .now)
        #expect(history.store.requests.count == requests)
    }

    /// A backup that builds on another; its last look is too old once it is committed.
    private func slowCommit(
        _ meanwhile: @escaping @Sendable (FaultyStore, PackID) async throws -> Void
    ) async throws -> (history: MaintenanceFixture, pack: PackID, failure: (any Error)?) {
        var race = try await Race()
        let store = race.history.store
        let pack = try #require(try await race.history.reachable().sorted().first)
        var repository = race.history.repository
        repository.lookLifetime = .zero
        race.history.fixture = race.history.fixture.with(repository)
        let once = Once(after: 0)
        store.onRequest { request in
            guard case .put(let key) = request, key.rawValue == "snapshots/c/new", once.isTime() else { return }
            try await meanwhile(store, pack)
        }
        defer { store.onRequest(nil) }
        do {
            _ = try await race.history.fixture.backUp(race.table, as: "new")
            race.history.tables["new"] = race.table
            return (race.history, pack, nil)
        } catch {
            return (race.history, pack, error)
        }
    }

    @Test(
        "A backup whose snapshot took too long to write takes marks back that were made meanwhile",
        arguments: [TombstoneStore.State.marked, .relocated]
    )
    func slowCommitMarked(state: TombstoneStore.State) async throws {
        let (history, pack, failure) = try await slowCommit { store, pack in
            let isWritten = try await TombstoneStore(store: store).write(state, for: pack, replacing: nil)
            #expect(isWritten)
        }
        #expect(failure == nil)
        #expect(try await TombstoneStore(store: history.store).list()[pack]?.state == .revived)
        try await history.expectAllReadable()
    }

    @Test("A backup whose packs were deleted before its snapshot was written is withdrawn", arguments: [true, false])
    func slowCommitLost(isGone: Bool) async throws {
        let (history, pack, failure) = try await slowCommit { store, pack in
            if isGone {
                try await store.delete([pack.key])
            } else {
                let isWritten = try await TombstoneStore(store: store).write(.deleting, for: pack, replacing: nil)
                #expect(isWritten)
            }
        }
        #expect((failure as? DamagedParentError)?.pack == pack)
        #expect(try await history.repository.snapshots.list().map(\.name.name) == ["b0", "b1"])
    }

    @Test("A backup that somebody has replaced meanwhile is not withdrawn")
    func slowCommitReplaced() async throws {
        let name = SnapshotName(cluster: "c", name: "new")
        let (history, _, failure) = try await slowCommit { store, pack in
            let second = Once(after: 0)
            try await store.delete([pack.key])
            store.onRequest { request in
                guard case .list(PackID.prefix) = request, second.isTime() else { return }
                let key = SnapshotStore.key(name)
                try await store.put(try await store.get(key), at: key, if: .always)
            }
        }
        #expect(failure is DamagedParentError)
        #expect(try await history.repository.snapshots.exists(name))
    }

    @Test("A backup looks once for marks, and not at all where it refers to nothing old")
    func requests() async throws {
        let history = try await MaintenanceFixture(backups: 1, deleting: [])
        func looks() -> Int {
            history.store.requests.count { if case .list(TombstoneStore.prefix) = $0 { true } else { false } }
        }
        #expect(looks() == 0)
        var fixture = history.fixture
        _ = try await fixture.backUp(try #require(history.tables["b0"]), as: "same")
        #expect(looks() == 1)
    }
}
