import Foundation
import FuzzTestSupport
import ObjectStore
import Testing

@testable import Repository

@Suite("Checking a repository")
struct CheckTests {
    /// Two backups: half of the second's records are in the pack of the first.
    struct Pair {
        var fixture: RepositoryFixture
        var table: [String: [UInt8]] = [:]
        let first: Snapshot
        let second: Snapshot

        static func key(_ number: Int) -> String { "a/\(number + 100_000)" }

        init() async throws {
            fixture = try await RepositoryFixture()
            var random = SeededGenerator(state: 11)
            for number in 0..<40 { table[Self.key(number)] = random.bytes(30_000) }
            first = try await fixture.backUp(table, as: "one")
            for number in stride(from: 0, to: 40, by: 2) { table[Self.key(number)] = random.bytes(30_000) }
            second = try await fixture.backUp(table, as: "two")
        }

        /// The block of the first pack that holds a record.
        func block(of number: Int) async throws -> BlockLocation {
            let entry = try await fixture.reader(first).entry(at: Array(Self.key(number).utf8))
            return try #require(entry).location.block
        }

        /// A check by a process that has read nothing yet.
        func check(_ percent: Int) async throws -> CheckReport {
            try await Repository.open(fixture.store, key: fixture.key).check(dataPercent: percent)
        }
    }

    @Test("What is sound is found sound, and all of it was read", arguments: [0, 50, 100])
    func sound(percent: Int) async throws {
        let pair = try await Pair()
        let report = try await pair.check(percent)
        #expect(report.isSound)
        #expect(report.backups == 2 && report.packs == 2 && report.manifestPages == 2)
        #expect(report.packsRead == percent / 50)
        #expect(report.unreferencedPacks == 0)
        if percent == 100 {
            #expect(report.bytesRead == report.packBytes)
            #expect(report.blocksRead > 4)
        }
    }

    @Test("A pack that is gone harms those backups that need it, key by key")
    func missingPack() async throws {
        let pair = try await Pair()
        let pack = try pair.first.newPack
        try await pair.fixture.store.delete([pack.key])
        let report = try await pair.check(0)
        #expect(report.damages.contains { $0.object == pack.key.rawValue && $0.message.contains("missing") })
        #expect(report.harmed.map(\.name.name) == ["one", "two"])
        #expect(report.harmed[0].lostRows == 40)
        #expect(report.harmed[1].lostRecords == 20 && report.harmed[1].lostRows == 0)
        #expect(report.harmed[1].examples == stride(from: 1, to: 40, by: 2).map(Pair.key))
    }

    @Test("A pack that was cut off has lost what lay behind the cut, and its table of contents", arguments: [0, 100])
    func cutPack(percent: Int) async throws {
        let pair = try await Pair()
        let pack = try pair.first.newPack
        let block = try await pair.block(of: 39)
        try await pair.fixture.store.damage(pack.key) { $0.removeLast($0.count - Int(block.offset) - 100) }
        let report = try await pair.check(percent)
        #expect(report.damages.allSatisfy { $0.object == pack.key.rawValue })
        #expect(report.harmed.map(\.name.name) == ["one", "two"])
        #expect(report.harmed[1].examples.contains(Pair.key(39)))
        #expect(!report.harmed[1].examples.contains(Pair.key(1)))
    }

    @Test("A spoilt byte in a block is found where data is read, and only there")
    func flippedBlock() async throws {
        let pair = try await Pair()
        let block = try await pair.block(of: 1)
        try await pair.fixture.damage(block)
        #expect(try await pair.check(0).isSound)
        let report = try await pair.check(100)
        #expect(report.damages.map(\.object) == [block.pack.key.rawValue])
        #expect(report.harmed.map(\.name.name) == ["one", "two"])
        #expect(report.harmed[0].examples.contains(Pair.key(0)))
        #expect(report.harmed[1].examples.contains(Pair.key(1)))
        #expect(!report.harmed[1].examples.contains(Pair.key(0)))
    }

    @Test("A pack that the disk cannot read as a whole is read block by block")
    func failingDisk() async throws {
        let pair = try await Pair()
        let block = try await pair.block(of: 1)
        let bytes = Int(block.offset)..<(Int(block.offset) + Int(block.storedLength))
        pair.fixture.store.failReads { key, range in
            guard key == block.pack.key else { return nil }
            let isHit =
                switch range {
                case .whole: true
                case .bytes(let range): range.overlaps(bytes)
                case .last: false
                }
            return isHit ? ObjectStoreError(.corrupted, "The disk cannot read '\(key)'.") : nil
        }
        let report = try await pair.check(100)
        #expect(report.damageCount == 1)
        #expect(report.harmed.map(\.name.name) == ["one", "two"])
    }

    @Test("A spoilt footer is damage that harms no backup", arguments: [0, 100])
    func flippedFooter(percent: Int) async throws {
        let pair = try await Pair()
        let pack = try pair.first.newPack
        try await pair.fixture.store.damage(pack.key) { $0[$0.count - 30] ^= 1 }
        let report = try await pair.check(percent)
        #expect(report.damages.map(\.object) == [pack.key.rawValue])
        #expect(report.damages[0].message.contains("footer"))
        #expect(report.harmed.isEmpty && !report.isSound)
    }

    @Test("A spoilt page of a manifest is told with the keys that it had", arguments: [0, 100])
    func flippedPage(percent: Int) async throws {
        let pair = try await Pair()
        let page = pair.second.contents[0].manifest.layers[0].pages[0]
        try await pair.fixture.damage(page.block)
        let report = try await pair.check(percent)
        #expect(report.damages.allSatisfy { $0.object == page.block.pack.key.rawValue })
        #expect(report.harmed.map(\.name.name) == ["two"])
        #expect(report.harmed[0].lostRows == 40)
        #expect(report.harmed[0].examples == ["40 entries from '\(Pair.key(0))'"])
    }

    @Test("A spoilt snapshot is told, and the others are checked all the same")
    func flippedSnapshot() async throws {
        let pair = try await Pair()
        try await pair.fixture.store.damage(ObjectKey("snapshots/c/one")) { $0[$0.count / 2] ^= 1 }
        let report = try await pair.check(0)
        #expect(report.damages.map(\.object) == ["snapshots/c/one"])
        #expect(report.harmed.map(\.name.name) == ["one"])
        #expect(report.harmed[0].reason?.contains("snapshots/c/one") == true)
        #expect(report.backups == 2)
    }

    @Test("A spoilt segment of the index is told")
    func flippedIndex() async throws {
        let pair = try await Pair()
        let segment = IndexSegment(records: [])
        _ = try await segment.store(in: pair.fixture.store, keys: pair.fixture.repository.keys)
        #expect(try await pair.check(0).isSound)
        let key = try #require(try await pair.fixture.store.list(prefix: "index/").first).key
        try await pair.fixture.store.damage(key) { $0[$0.count - 1] ^= 1 }
        let report = try await pair.check(0)
        #expect(report.damages.map(\.object) == [key.rawValue])
        #expect(report.harmed.isEmpty)
    }

    @Test("A manifest that names another record than there is, is found without reading data")
    func wrongRecord() async throws {
        let pair = try await Pair()
        let entry = try #require(try await pair.fixture.reader(pair.second).entry(at: Array(Pair.key(3).utf8)))
        let wrong = ManifestEntry(key: entry.key, id: RecordID(high: 1, low: 2), location: entry.location)
        var live = LiveData()
        live.insert([.present(wrong)])
        let listed = try await ListedPack.list(in: pair.fixture.store)
        let pack = try #require(listed.first { $0.id == entry.location.block.pack })
        let finding = try await PackCheck(
            pack,
            live: live.packs[pack.id] ?? [:],
            reader: pair.fixture.repository.reader
        )
        .run(readsData: false)
        #expect(finding.damage.isLost(entry.location))
    }

    @Test("A store that fails for the moment is no damage")
    func unavailable() async throws {
        let pair = try await Pair()
        let pack = try pair.first.newPack
        pair.fixture.store.failReads { key, _ in key == pack.key ? ObjectStoreError(.unavailable, "busy") : nil }
        await #expect(throws: ObjectStoreError.self) { _ = try await pair.check(100) }
    }

    @Test("Records that many backups share are counted once")
    func liveData() throws {
        var random = SeededGenerator(state: 5)
        let packs = [PackID(), PackID()]
        var live = LiveData()
        var known: Set<RecordLocation> = []
        for _ in 0..<300 {
            let location = RecordLocation(
                block: BlockLocation(
                    pack: try #require(packs.randomElement(using: &random)),
                    number: UInt32.random(in: 0..<3, using: &random),
                    kind: .objects,
                    offset: 8,
                    storedLength: 100
                ),
                offset: UInt32.random(in: 0..<20, using: &random) * 10,
                length: 10
            )
            known.insert(location)
            live.insert([.present(ManifestEntry(key: [], id: RecordID(high: 0, low: 0), location: location))])
        }
        #expect(live.recordCount == known.count)
        #expect(live.recordBytes == known.count * 10)
        #expect(live.blockCount == Set(known.map(\.block)).count)
        #expect(live.storedBytes == live.blockCount * 100)
    }

    @Test("What is counted is what is there")
    func statistics() async throws {
        let pair = try await Pair()
        var statistics = try await pair.fixture.repository.statistics()
        #expect(statistics.backups == 2 && statistics.packs.count == 2)
        #expect(statistics.records == 60 && statistics.recordBytes == 60 * 30_000)
        #expect(statistics.logicalRecords == 80 && statistics.logicalBytes == 80 * 30_000)
        #expect(statistics.unreferencedPacks.count == 0 && statistics.others.count == 0)
        let sizes = try await pair.fixture.store.list(prefix: "").map(\.sizeInBytes)
        #expect(statistics.storedBytes == sizes.reduce(0, +))
        #expect(statistics.liveBytes > statistics.packs.bytes / 2)
        try await pair.fixture.store.put([1], at: ObjectKey("logs/probe"), if: .absent)
        for name in ["one", "two"] {
            try await pair.fixture.repository.snapshots.delete(SnapshotName(cluster: "c", name: name))
        }
        statistics = try await pair.fixture.repository.statistics()
        #expect(statistics.unreferencedPacks == statistics.packs)
        #expect(statistics.records == 0 && statistics.liveBytes == 0)
        #expect(statistics.deduplication == nil && statistics.compression == nil)
        #expect(statistics.others.count == 1)
    }
}
