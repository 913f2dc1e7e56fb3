import Foundation
import FuzzTestSupport
import ObjectStore
import Testing

@testable import Repository

@Suite("Packs that are damaged, and chunks that only they have")
struct DistrustedPackTests {
    /// A stream of four chunks, backed up as `one`; its second chunk is spoilt in the store.
    private struct SpoiltStream {
        let fixture: RepositoryFixture
        let data: [UInt8]
        let pack: PackID

        init() async throws {
            fixture = try await RepositoryFixture()
            var random = SeededGenerator(state: 21)
            data = random.bytes(1_200_000)
            let snapshot = try await fixture.backUpStream(data, chunks: 300_000, as: "one").snapshot
            pack = try snapshot.newPack
            let entry = try #require(try await fixture.reader(snapshot).entry(at: .number(300_000)))
            try await fixture.damage(entry.location.block)
        }

        func repair(isDryRun: Bool = false) async throws -> ManifestRepairReport {
            try await Repository.open(fixture.store, key: fixture.key)
                .repairManifests(isDryRun: isDryRun, dataPercent: 100) { _ in RepairTests.Ledger() }
        }

        func backUp(_ name: String) async throws -> Snapshot {
            try await fixture.backUpStream(data, chunks: 300_000, as: name).snapshot
        }

        func expectWhole(_ snapshot: Snapshot) async throws {
            let reader = try await fixture.reader(snapshot)
            for start in stride(from: 0, to: data.count, by: 300_000) {
                let entry = try #require(try await reader.entry(at: .number(UInt64(start))))
                #expect(try await reader.record(entry).elementsEqual(data[start..<(start + 300_000)]))
            }
        }

        func mark() async throws -> TombstoneStore.State? {
            try await TombstoneStore(store: fixture.store).list()[pack]?.state
        }
    }

    @Test(
        "What a repair found damaged is stored anew, however often the index is made anew",
        arguments: [nil, TombstoneStore.State.marked, .revived]
    )
    func storedAnew(mark: TombstoneStore.State?) async throws {
        let spoilt = try await SpoiltStream()
        let tombstones = TombstoneStore(store: spoilt.fixture.store)
        if let mark { _ = try await tombstones.write(mark, for: spoilt.pack, replacing: nil) }
        let before = try await spoilt.fixture.store.list(prefix: "")
        #expect(try await spoilt.repair(isDryRun: true).distrusted == [spoilt.pack])
        #expect(try await spoilt.fixture.store.list(prefix: "") == before)
        let report = try await spoilt.repair()
        #expect(report.mended.map(\.name) == ["one"] && report.distrusted == [spoilt.pack])
        #expect(try await spoilt.mark() == .distrusted)

        let two = try await spoilt.backUp("two")
        #expect(two.statistics.newRecords == 4)
        try await spoilt.expectWhole(two)
        let index = try await spoilt.fixture.repository.repairIndex(isDryRun: false)
        #expect(index.chunks == 4)
        let three = try await spoilt.backUp("three")
        #expect(three.statistics.newRecords == 0)
        try await spoilt.expectWhole(three)
        // Once more it is found, and nothing is done.
        #expect(try await spoilt.repair().mended.isEmpty)
        #expect(try await spoilt.mark() == .distrusted)
    }

    @Test("A repair that is cut off before the mark writes it the next time")
    func cutOff() async throws {
        let spoilt = try await SpoiltStream()
        struct Cut: Error {}
        spoilt.fixture.store.onRequest { request in
            if case .put(let key) = request, key.rawValue.hasPrefix(TombstoneStore.prefix) { throw Cut() }
        }
        await #expect(throws: Cut.self) { _ = try await spoilt.repair() }
        spoilt.fixture.store.onRequest(nil)
        #expect(try await spoilt.mark() == nil)
        let report = try await spoilt.repair()
        #expect(report.mended.isEmpty && report.distrusted == [spoilt.pack])
        try await spoilt.expectWhole(try await spoilt.backUp("two"))
    }

    @Test("A mark that a prune changes meanwhile is looked at again")
    func contested() async throws {
        let spoilt = try await SpoiltStream()
        let store = spoilt.fixture.store
        let once = Once(after: 0)
        store.onRequest { request in
            guard case .put(let key) = request, key == TombstoneStore.key(spoilt.pack), once.isTime() else { return }
            _ = try await TombstoneStore(store: store).write(.marked, for: spoilt.pack, replacing: nil)
        }
        _ = try await spoilt.repair()
        #expect(try await spoilt.mark() == .distrusted)
        // One that is about to be deleted is left so.
        let mark = try #require(try await TombstoneStore(store: store).list()[spoilt.pack])
        _ = try await TombstoneStore(store: store).write(.deleting, for: spoilt.pack, replacing: mark)
        _ = try await spoilt.repair()
        #expect(try await spoilt.mark() == .deleting)
    }

    @Test("A backup that began before the mark does not refer to the pack; one that wrote it is none")
    func runningBackup() async throws {
        let spoilt = try await SpoiltStream()
        let tombstones = TombstoneStore(store: spoilt.fixture.store)
        let inventory = try await PackInventory.load(from: spoilt.fixture.store, distrusting: [])
        let block = BlockLocation(pack: spoilt.pack, number: 0, kind: .chunks, offset: 8, storedLength: 9)
        try await inventory.check(block)
        _ = try await tombstones.write(.distrusted, for: spoilt.pack, replacing: nil)
        let error = await #expect(throws: DamagedParentError.self) {
            try await spoilt.fixture.repository.checkTombstones(inventory, newPacks: [], since: .now)
        }
        #expect(error?.pack == spoilt.pack)
        await #expect(throws: RepositoryError.self) {
            try await spoilt.fixture.repository.checkTombstones(
                PackInventory.load(from: spoilt.fixture.store, distrusting: []),
                newPacks: [spoilt.pack],
                since: .now - TombstoneStore.shortestGrace
            )
        }
        // Who knew of it refers to what its parent has there.
        let marks = try await tombstones.list()
        let late = try await PackInventory.load(from: spoilt.fixture.store, distrusting: [], marks: marks)
        try await late.check(block)
        #expect(try !late.holdsChunks(in: block))
        #expect(try late.holds(block))
        try await spoilt.fixture.repository.checkTombstones(late, newPacks: [], since: .now)
    }

    @Test("A damaged pack goes the way of all packs once nothing needs it")
    func pruned() async throws {
        let spoilt = try await SpoiltStream()
        _ = try await spoilt.repair()
        let two = try await spoilt.backUp("two")
        let repository = spoilt.fixture.repository
        for state in [TombstoneStore.State.marked, .deleting, nil] {
            spoilt.fixture.store.advance(by: PruneOptions.standardGrace)
            _ = try await repository.prune(PruneOptions(), wallClock: 0)
            #expect(try await spoilt.mark() == state)
        }
        #expect(try await ListedPack.list(in: spoilt.fixture.store).map(\.id) == [try two.newPack])
        #expect(try await repository.check(dataPercent: 100).isSound)
        try await spoilt.expectWhole(two)
    }

    @Test("What is needed of a damaged pack stays, and is not taken for more when it is written anew")
    func needed() async throws {
        var fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: 22)
        var table: [String: [UInt8]] = [:]
        // Files, each a node and a chunk, in blocks of their own.
        for number in 0..<4 { table["a\(number)\0\0"] = random.bytes(300_000) }
        var options = RepositoryFixture.Options()
        options.kind = .files
        let snapshot = try await fixture.backUp(table, as: "one", options).snapshot
        let pack = try snapshot.newPack
        let entry = try #require(try await fixture.reader(snapshot).entry(at: Array("a2\0\0".utf8)))
        try await fixture.damage(entry.location.block)
        let report = try await Repository.open(fixture.store, key: fixture.key)
            .repairManifests(isDryRun: false, dataPercent: 100) { _ in RepairTests.Ledger() }
        #expect(report.mended.count == 1 && report.distrusted == [pack])
        for _ in 0..<2 {
            fixture.store.advance(by: PruneOptions.standardGrace)
            let pruned = try await fixture.repository.prune(PruneOptions(repackLimit: 0), wallClock: 0)
            #expect(pruned.tally(.revive).packs == 0)
        }
        let tombstones = TombstoneStore(store: fixture.store)
        #expect(try await tombstones.list()[pack]?.state == .distrusted)
        // Written anew, it is left behind.
        _ = try await fixture.repository.prune(PruneOptions(unusedPercent: 0), wallClock: 0)
        #expect(try await tombstones.list()[pack]?.state == .relocated)
        fixture.store.advance(by: PruneOptions.standardGrace)
        _ = try await fixture.repository.prune(PruneOptions(), wallClock: 0)
        let check = try await Repository.open(fixture.store, key: fixture.key).check(dataPercent: 100)
        #expect(check.isSound)
        table["a2\0\0"] = nil
        let mended = try await fixture.repository.snapshots.read(SnapshotName(cluster: "c", name: "one")).snapshot
        #expect(try await RepositoryFixture.table(of: fixture.reader(mended)) == table)
    }
}
