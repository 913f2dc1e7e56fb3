import Foundation
import FuzzTestSupport
import ObjectStore
import Synchronization
import Testing

@testable import Repository

@Suite("Mending a repository")
struct RepairTests {
    /// Takes down what a repair tells, and stores it.
    struct Ledger: RepairLedger {
        var kept: [String] = []
        var lost: [String] = []
        var dropped: [SnapshotContent.Kind] = []

        mutating func keep(_ entry: ManifestEntry, of kind: SnapshotContent.Kind) {
            kept.append(String(decoding: entry.key, as: UTF8.self))
        }
        mutating func lose(_ loss: ManifestDamage, of kind: SnapshotContent.Kind) { lost.append(loss.text(kind: kind)) }
        mutating func drop(_ kind: SnapshotContent.Kind) { dropped.append(kind) }
        func details() throws -> [UInt8] { Array("\(kept.count) \(lost.count) \(dropped.count)".utf8) }
    }

    private func repair(
        _ fixture: RepositoryFixture,
        isDryRun: Bool = false,
        percent: Int = 0
    ) async throws -> ManifestRepairReport {
        try await Repository.open(fixture.store, key: fixture.key)
            .repairManifests(isDryRun: isDryRun, dataPercent: percent) { details in
                #expect(details == [1, 2, 3])
                return Ledger()
            }
    }

    private struct StoredBackup {
        let table: [String: [UInt8]]
        let details: String
        let manifest: Manifest
    }

    private func read(_ fixture: RepositoryFixture, _ name: String) async throws -> StoredBackup {
        let name = SnapshotName(cluster: "c", name: name)
        let repository = try await Repository.open(fixture.store, key: fixture.key)
        let (snapshot, details) = try await repository.snapshots.read(name)
        let manifest = try #require(snapshot.contents.first).manifest
        return StoredBackup(
            table: try await RepositoryFixture.table(of: repository.contents(of: manifest)),
            details: String(decoding: details, as: UTF8.self),
            manifest: manifest
        )
    }

    /// What the root hash of a table is.
    private static func hash(of table: [String: [UInt8]], keys: RepositoryKeys) -> ManifestHash {
        var hash = ManifestHash()
        for (key, record) in table {
            hash.add(key: Array(key.utf8), id: RecordID(of: record[...], keys: keys), keys: keys)
        }
        return hash
    }

    @Test("Lost records leave their backups, and all others stay", arguments: [true, false])
    func lostRecords(isMissing: Bool) async throws {
        let pair = try await CheckTests.Pair()
        let store = pair.fixture.store
        if isMissing {
            try await store.delete([try pair.first.newPack.key])
        } else {
            try await pair.fixture.damage(try await pair.block(of: 1))
        }
        let before = try await store.list(prefix: "snapshots/")
        let said = try await repair(pair.fixture, isDryRun: true, percent: 100)
        #expect(try await store.list(prefix: "snapshots/") == before)
        let done = try await repair(pair.fixture, percent: 100)
        #expect(said.mended == done.mended)
        #expect(done.mended.map(\.name) == ["one", "two"])
        let lost = Set(done.check.harmed[1].examples)
        #expect(!lost.isEmpty)
        let mended = try await read(pair.fixture, "two")
        #expect(mended.table == pair.table.filter { !lost.contains($0.key) })
        #expect(mended.details == "\(40 - lost.count) \(lost.count) 0")
        #expect(mended.manifest.entryCount == mended.table.count)
        #expect(mended.manifest.recordBytes == mended.table.count * 30_000)
        // Nothing is left to be mended; of the pack, what is spoilt is no longer needed.
        #expect(try await repair(pair.fixture, percent: 100).mended.isEmpty)
        #expect(try await pair.check(100).harmed.isEmpty)

        // The hash is that of a backup of what is left.
        let twin = Self.hash(of: mended.table, keys: pair.fixture.repository.keys)
        #expect(mended.manifest.rootHash == twin)
        // It can be built on, and its packs are kept.
        _ = try await pair.fixture.repository.prune(PruneOptions(isExclusive: true), wallClock: 0)
        #expect(try await read(pair.fixture, "two").table == mended.table)
    }

    @Test("A backup that needs a marked pack is mended, and the mark is taken back")
    func markedPack() async throws {
        let pair = try await CheckTests.Pair()
        try await pair.fixture.damage(try await pair.block(of: 1))
        let tombstones = TombstoneStore(store: pair.fixture.store)
        let packs = [try pair.first.newPack, try pair.second.newPack]
        for pack in packs { _ = try await tombstones.write(.marked, for: pack, replacing: nil) }
        #expect(try await repair(pair.fixture, percent: 100).mended.map(\.name) == ["one", "two"])
        #expect(try await tombstones.list().values.map(\.state) == [.revived, .revived])
        let mended = try await read(pair.fixture, "two")
        for _ in 0..<2 {
            pair.fixture.store.advance(by: PruneOptions.standardGrace)
            _ = try await pair.fixture.repository.prune(PruneOptions(), wallClock: 0)
        }
        #expect(try await read(pair.fixture, "two").table == mended.table)
    }

    @Test("A lost page takes its rows along, and the rest stays")
    func lostPage() async throws {
        var fixture = try await RepositoryFixture()
        var table: [String: [UInt8]] = [:]
        for number in 0..<10_000 { table[CheckTests.Pair.key(number)] = Array("value \(number)".utf8) }
        let snapshot = try await fixture.backUp(table, as: "one")
        try await fixture.damage(snapshot.contents[0].manifest.layers[0].pages[1].block)
        let report = try await repair(fixture)
        #expect(report.check.harmed[0].lostRows == 4096)
        let mended = try await read(fixture, "one")
        let range = CheckTests.Pair.key(4096)..<CheckTests.Pair.key(8192)
        #expect(mended.table == table.filter { !range.contains($0.key) })
        #expect(try await repair(fixture).mended.isEmpty)
    }

    @Test("A file with holes is dropped")
    func pagedFile() async throws {
        var fixture = try await RepositoryFixture()
        var options = RepositoryFixture.Options()
        options.kind = .pagedFile
        let snapshot = try await fixture.backUp(["a": [1], "b": [2]], as: "one", options).snapshot
        let entry = try #require(try await fixture.reader(snapshot).entry(at: Array("a".utf8)))
        try await fixture.damage(entry.location.block)
        #expect(try await repair(fixture, percent: 100).mended.count == 1)
        let name = SnapshotName(cluster: "c", name: "one")
        let mended = try await fixture.repository.snapshots.read(name)
        #expect(mended.snapshot.contents.isEmpty)
        #expect(String(decoding: mended.details, as: UTF8.self) == "0 2 1")
    }

    @Test("A backup that somebody else replaces meanwhile is left to him")
    func contested() async throws {
        let pair = try await CheckTests.Pair()
        try await pair.fixture.store.delete([try pair.first.newPack.key])
        let once = Once(after: 0)
        let store = pair.fixture.store
        store.onRequest { request in
            guard case .put(let key) = request, key.rawValue == "snapshots/c/two", once.isTime() else { return }
            let bytes = try await store.get(key)
            try await store.put(bytes, at: key, if: .always)
        }
        let report = try await repair(pair.fixture)
        #expect(report.mended.map(\.name) == ["one"])
        #expect(report.contested.map(\.name) == ["two"])
    }

    @Test("A backup whose snapshot is spoilt is told, and left as it is")
    func lostSnapshot() async throws {
        let pair = try await CheckTests.Pair()
        try await pair.fixture.store.damage(ObjectKey("snapshots/c/one")) { $0[30] ^= 1 }
        let before = try await pair.fixture.store.get(ObjectKey("snapshots/c/one"))
        let report = try await repair(pair.fixture)
        #expect(report.unreadable.map(\.name) == ["one"])
        #expect(report.mended.isEmpty)
        #expect(try await pair.fixture.store.get(ObjectKey("snapshots/c/one")) == before)
    }

    @Test("What is spoilt on its way once is read again, and nothing is dropped", arguments: [0, 100])
    func distortedOnce(percent: Int) async throws {
        let pair = try await CheckTests.Pair()
        let store = pair.fixture.store
        var request = 0
        while true {
            let once = Once(after: request)
            store.distortReads { key, bytes in
                guard key.rawValue.hasPrefix(PackID.prefix), once.isTime() else { return }
                for place in bytes.indices { bytes[place] ^= 1 }
            }
            let report = try await repair(pair.fixture, percent: percent)
            #expect(report.mended.isEmpty && report.distrusted.isEmpty && report.check.isSound, "read \(request)")
            if !once.wasTime { break }
            request += 1
        }
        #expect(request >= 4)
        store.distortReads(nil)
        // So is what the store could not give once.
        for read in 0..<request {
            let once = Once(after: read)
            store.failReads { key, _ in
                guard key.rawValue.hasPrefix(PackID.prefix), once.isTime() else { return nil }
                return ObjectStoreError(.corrupted, "The disk cannot read '\(key)'.")
            }
            let report = try await repair(pair.fixture, percent: percent)
            #expect(report.mended.isEmpty && report.check.isSound, "read \(read)")
        }
    }

    @Test("The index is made anew from the packs", arguments: [1, 1000])
    func index(chunksOfSegment: Int) async throws {
        let fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: 5)
        let data = random.bytes(1_200_000)
        func backUp(_ name: String) async throws -> WriteStatistics {
            try await fixture.backUpStream(data, chunks: 300_000, as: name).snapshot.statistics
        }
        _ = try await backUp("one")
        let old = try await fixture.store.list(prefix: "index/").map(\.key)
        for segment in old { try await fixture.store.damage(segment) { $0[$0.count / 2] ^= 1 } }
        let said = try await fixture.repository.repairIndex(isDryRun: true, chunksOfSegment: chunksOfSegment)
        #expect(try await fixture.store.list(prefix: "index/").map(\.key) == old)
        let done = try await fixture.repository.repairIndex(isDryRun: false, chunksOfSegment: chunksOfSegment)
        #expect(said.chunks == 4 && done.chunks == 4 && done.oldSegments == 1)
        #expect(said.newSegments == done.newSegments)
        let new = try await fixture.store.list(prefix: "index/").map(\.key)
        #expect(new.count == done.newSegments && Set(new).isDisjoint(with: old))
        #expect(try await fixture.repository.check(dataPercent: 100).isSound)
        #expect(try await backUp("two").newRecords == 0)
        // A pack without a table of contents is told.
        let pack = try #require(try await ListedPack.list(in: fixture.store).first).id
        try await fixture.store.damage(pack.key) { $0.removeLast(1) }
        let rest = try await fixture.repository.repairIndex(isDryRun: false, chunksOfSegment: chunksOfSegment)
        #expect(rest.unreadablePacks.map(\.pack) == [pack])
    }
}
