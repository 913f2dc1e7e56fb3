import Foundation
import FuzzTestSupport
import ObjectStore
import Synchronization
import Testing

@testable import Repository

@Suite("Relocations")
struct RelocationTests {
    private static let pack = PackID()

    private static func block(_ pack: PackID, _ number: UInt32, _ length: UInt32 = 100) -> BlockLocation {
        BlockLocation(
            pack: pack,
            number: number,
            kind: .objects,
            offset: 8 + UInt64(number) * 100,
            storedLength: length
        )
    }

    private static let sample: Relocation = {
        let targets = [PackID(), PackID()]
        return Relocation(
            pack: pack,
            entries: [
                Relocation.Entry(old: block(pack, 0), new: block(targets[0], 5), size: 50, start: 0, runs: nil),
                Relocation.Entry(
                    old: block(pack, 3),
                    new: block(targets[1], 0),
                    size: 20,
                    start: 7,
                    runs: [Relocation.Run(offset: 2, length: 3), Relocation.Run(offset: 10, length: 5)]
                ),
            ]
        )
    }()

    @Test("They read back as they were, and what is damaged is refused")
    func coding() throws {
        let bytes = Self.sample.encoded()
        #expect(try Relocation(decoding: bytes, of: Self.pack) == Self.sample)
        for end in bytes.indices {
            #expect(throws: RepositoryError.self) { try Relocation(decoding: Array(bytes[..<end]), of: Self.pack) }
        }
        #expect(throws: RepositoryError.self) { try Relocation(decoding: bytes + [0], of: Self.pack) }
        // Whatever is in them, they never ask for more than they hold.
        var random = SeededGenerator(state: 5)
        for _ in 0..<2000 {
            var spoilt = bytes
            spoilt[random.int(spoilt.count)] = UInt8(truncatingIfNeeded: random.next())
            _ = try? Relocation(decoding: spoilt, of: Self.pack)
        }
    }

    @Test("Records are found in the new block, and put where they were in the old one")
    func places() throws {
        let entry = try #require(Self.sample.entry(for: Self.block(Self.pack, 3)))
        #expect(entry.place(ofRecordAt: 2, length: 3) == 7)
        #expect(entry.place(ofRecordAt: 11, length: 4) == 11)
        #expect(entry.place(ofRecordAt: 4, length: 2) == nil)
        #expect(entry.place(ofRecordAt: 18, length: 5) == nil)
        #expect(Self.sample.entry(for: Self.block(Self.pack, 1)) == nil)
        #expect(Self.sample.entry(for: Self.block(Self.pack, 3, 99)) == nil)
        let new: [UInt8] = Array(0..<20)
        let old = try entry.expand(new)
        #expect(old.count == 20 && old[2..<5] == new[7..<10] && old[10..<15] == new[10..<15])
        #expect(old.enumerated().allSatisfy { (2..<5).contains($0) || (10..<15).contains($0) || $1 == 0 })
        #expect(throws: RepositoryError.self) { try entry.expand(Array(new[..<14])) }
    }

    /// A repository in which a pack was written anew, and is gone.
    private func vacated() async throws -> RepackFixture {
        let fixture = try await RepackFixture()
        _ = try await fixture.prune()
        fixture.store.advance(by: MaintenanceFixture.grace)
        _ = try await fixture.prune()
        try await fixture.expectSound()
        return fixture
    }

    @Test("A check names what a lost or damaged relocation, or what it names, has cost", arguments: 0..<4)
    func check(damage: Int) async throws {
        let fixture = try await vacated()
        let pack = try #require(try await fixture.relocated().first)
        let relocation = try #require(
            try await RelocationTable.read(pack, from: fixture.store, keys: fixture.history.repository.keys)
        )
        let entry = try #require(relocation.entries.first { $0.old.kind == .objects && $0.runs != nil })
        let object: ObjectKey
        switch damage {
        case 0:
            object = Relocation.key(pack)
            try await fixture.store.damage(object) { $0[$0.count / 2] ^= 1 }
        case 1:
            object = pack.key
            try await fixture.store.delete([Relocation.key(pack)])
        case 2:
            object = entry.new.pack.key
            try await fixture.store.delete([object])
        default:
            object = entry.new.pack.key
            try await fixture.history.fixture.damage(entry.new)
        }
        let report = try await Repository.open(fixture.store, key: fixture.history.fixture.key).check(dataPercent: 100)
        #expect(report.damages.contains { $0.object == object.rawValue }, "\(report.damages)")
        let harmed = try #require(report.harmed.first)
        #expect(harmed.name.name == "r1")
        // What is told to be lost is what cannot be read.
        var lost = 0
        let reader = try await fixture.history.fixture.reader(
            try await fixture.history.repository.snapshots.read(harmed.name).snapshot
        )
        try await reader.forEachRecord(onDamage: { _, _ in lost += 1 }, { _, _ in })
        #expect(lost > 0 && harmed.lostRecords == lost)
        // A prune that cannot know what is needed does nothing.
        if damage == 0 {
            await #expect(throws: RepositoryError.self) { try await fixture.prune() }
        } else {
            fixture.store.advance(by: MaintenanceFixture.grace)
            _ = try await fixture.prune()
        }
    }

    @Test("Backups that harm has come to are mended, without what is lost")
    func repair() async throws {
        struct Ledger: RepairLedger {
            func details() throws -> [UInt8] { [1, 2, 3] }
            mutating func keep(_ entry: ManifestEntry, of kind: SnapshotContent.Kind) {}
            mutating func lose(_ loss: ManifestDamage, of kind: SnapshotContent.Kind) {}
            mutating func drop(_ kind: SnapshotContent.Kind) {}
        }
        let fixture = try await vacated()
        let pack = try #require(try await fixture.relocated().first)
        let relocation = try #require(
            try await RelocationTable.read(pack, from: fixture.store, keys: fixture.history.repository.keys)
        )
        let entry = try #require(relocation.entries.first { $0.old.kind == .objects && $0.runs == nil })
        try await fixture.history.fixture.damage(entry.new)
        let repository = try await Repository.open(fixture.store, key: fixture.history.fixture.key)
        let report = try await repository.repairManifests(isDryRun: false, dataPercent: 100) { _ in Ledger() }
        #expect(report.mended.map(\.name) == ["r1"])
        let left = try await fixture.history.fixture.read("r1")
        #expect(left.count < fixture.table.count && left.allSatisfy { fixture.table[$0.key] == $0.value })
    }

    @Test("Packs that the store keeps are left, counted, and neither deleted nor written anew before it lets go")
    func locked() async throws {
        let fixture = try await RepackFixture()
        let period = 10.0 * 86_400
        let store = KeepingStore(fixture.store, period: period)
        let repository = try await Repository.open(store, key: fixture.history.fixture.key)
        let first = try await repository.prune(RepackFixture.options, wallClock: 0)
        #expect(first.tally(.repack).packs == 0 && first.tally(.locked).packs == 0)
        // Now it lets go of what is there.
        fixture.store.advance(by: .seconds(period))
        #expect(try await repository.prune(RepackFixture.options, wallClock: 0).tally(.repack).packs == 1)
        let relocated = try await fixture.relocated()
        fixture.store.advance(by: MaintenanceFixture.grace)
        store.refuse(Set(relocated.map(\.key)))
        // It may know better than the age of a pack tells.
        let refused = try await repository.prune(RepackFixture.options, wallClock: 0)
        #expect(refused.contested == 0 && refused.tally(.delete).packs == 0 && refused.tally(.locked).packs == 1)
        #expect(refused.packs.first { relocated.contains($0.pack) }?.action == .locked)
        #expect(try await fixture.history.stored().isSuperset(of: relocated))
        store.refuse([])
        _ = try await repository.prune(RepackFixture.options, wallClock: 0)
        #expect(try await fixture.history.stored().isDisjoint(with: relocated))
        // The new pack is locked from when it was written.
        try await fixture.history.repository.snapshots.delete(SnapshotName(cluster: "c", name: "r1"))
        for _ in 0..<2 {
            fixture.store.advance(by: MaintenanceFixture.grace)
            _ = try await repository.prune(RepackFixture.options, wallClock: 0)
        }
        let report = try await repository.prune(RepackFixture.options, wallClock: 0)
        #expect(report.tally(.locked).packs > 0)
        #expect((report.lockedUntil ?? 0) > 1_000_000 + period)
        fixture.store.advance(by: .seconds(period))
        for _ in 0..<2 { _ = try await repository.prune(RepackFixture.options, wallClock: 0) }
        #expect(try await fixture.packObjects().isEmpty)
    }

    @Test("What a backup needs of packs written anew is kept from deletion in its new place")
    func retained() async throws {
        let fixture = try await vacated()
        let store = KeepingStore(fixture.store, period: 100)
        var writer = fixture.history.fixture.with(try await Repository.open(store, key: fixture.history.fixture.key))
        _ = try await writer.backUp(fixture.table, as: "n")
        let pack = try #require(try await fixture.relocated().first)
        let relocation = try #require(
            try await RelocationTable.read(pack, from: fixture.store, keys: fixture.history.repository.keys)
        )
        let retained = store.retained
        #expect(retained.contains(Relocation.key(pack)))
        #expect(relocation.targets.allSatisfy { retained.contains($0.key) })
        #expect(!retained.contains(pack.key))
    }
}

/// A store that keeps what is written from deletion, and says so.
private final class KeepingStore: ObjectStore {
    private let store: FaultyStore
    private let period: Double
    private let state = Mutex<(refused: Set<ObjectKey>, retained: Set<ObjectKey>)>(([], []))

    init(_ store: FaultyStore, period: Double) {
        self.store = store
        self.period = period
    }

    var location: String { store.location }
    var retention: ObjectRetention? { ObjectRetention(mode: .compliance, period: period) }
    var retained: Set<ObjectKey> { state.withLock { $0.retained } }

    func refuse(_ keys: Set<ObjectKey>) { state.withLock { $0.refused = keys } }

    func retain(_ keys: [ObjectKey], until end: Double) async throws {
        for key in keys {
            guard try await store.stat(key) != nil else { throw ObjectStoreError(.notFound, "'\(key)' is gone") }
        }
        state.withLock { $0.retained.formUnion(keys) }
    }

    func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
        try await store.put(body, at: key, if: condition)
    }

    func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject { try await store.get(key, range: range) }

    func stat(_ key: ObjectKey) async throws -> ObjectStat? { try await store.stat(key) }

    func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
        try await store.list(prefix: prefix, body)
    }

    func delete(_ keys: [ObjectKey]) async throws {
        if let key = state.withLock({ state in keys.first(where: state.refused.contains) }) {
            throw ObjectStoreError(.locked, "'\(key)' is locked.")
        }
        try await store.delete(keys)
    }
}
