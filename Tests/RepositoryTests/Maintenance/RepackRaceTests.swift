import Foundation
import FuzzTestSupport
import ObjectStore
import Synchronization
import Testing

@testable import Repository

@Suite("Writing packs anew beside backups and other prunes")
struct RepackRaceTests {
    /// Two backups that share half of a pack; a third builds on the first, which is deleted while it is made.
    private struct Race {
        var history: MaintenanceFixture
        var table: [String: [UInt8]]
        let parent: (name: String, manifest: Manifest)?
        private let cache: TestCache?

        init(isCached: Bool = false) async throws {
            history = try await MaintenanceFixture(backups: 0, deleting: [])
            var random = SeededGenerator(state: 11)
            var first: [String: [UInt8]] = [:]
            for number in 0..<40 { first[MaintenanceFixture.key(number)] = random.bytes(60) }
            for number in 0..<2 { first["b/\(number)"] = random.bytes(300_000) }
            try await history.backUp(first, as: "b0")
            parent = history.fixture.parent
            var other = first
            for number in 0..<20 { other[MaintenanceFixture.key(number)] = random.bytes(60) }
            other["b/0"] = nil
            _ = try await history.fixture.backUp(other, as: "q", extends: false)
            history.tables["q"] = other
            table = first
            for number in 30..<35 { table[MaintenanceFixture.key(number)] = random.bytes(60) }
            history.store.advance(by: MaintenanceFixture.grace)
            cache = isCached ? TestCache() : nil
            if let cache { _ = try await Repository.open(history.store, key: history.fixture.key, cache: cache) }
        }

        mutating func backUp(extends: Bool) async throws -> Int {
            var options = RepositoryFixture.Options()
            options.extends = extends
            var fixture = history.fixture
            let attempt = try await fixture.backUpAsEngine(table, options) { fixture in
                fixture = history.fixture.with(
                    try await Repository.open(history.store, key: history.fixture.key, cache: cache)
                )
                fixture.parent = parent
            }
            history.tables["new"] = table
            return attempt
        }
    }

    private static func forgetFirst(_ history: MaintenanceFixture) async throws {
        let name = SnapshotName(cluster: "c", name: "b0")
        if try await history.repository.snapshots.exists(name) { try await history.repository.snapshots.delete(name) }
    }

    @Test(
        "Whatever a prune writes anew and deletes between two requests of a backup, all backups end up whole",
        arguments: [
            (false, false, false), (true, false, false), (true, true, false), (false, true, false), (true, false, true),
        ]
    )
    func eachRequest(deletes: Bool, extends: Bool, isCached: Bool) async throws {
        // A list that was read as the repository was opened is no older than half an hour.
        let deletes = deletes && !isCached
        var attempts: Set<Int> = []
        var repacks = 0
        // Two sections read side by side, with a request more or less.
        var (request, misses) = (0, 0)
        while misses < 3 {
            var race = try await Race(isCached: isCached)
            let history = race.history
            let once = Once(after: request)
            let repacked = Mutex(0)
            history.store.onRequest { request in
                guard once.isTime() else { return }
                history.store.onRequest(nil)
                try await Self.forgetFirst(history)
                let report = try await history.prune(RepackFixture.options)
                repacked.withLock { $0 = report.tally(.repack).packs }
                // What commits now has looked a moment ago, not a grace.
                if case .put(let key) = request, key.rawValue.hasPrefix("snapshots/") { return }
                guard deletes else { return }
                history.store.advance(by: MaintenanceFixture.grace)
                _ = try await history.prune(RepackFixture.options)
            }
            let attempt = try await race.backUp(extends: extends)
            history.store.onRequest(nil)
            request += 1
            if !once.wasTime {
                misses += 1
                continue
            }
            misses = 0
            attempts.insert(attempt)
            repacks += repacked.withLock { $0 }
            race.history.tables["b0"] = nil
            for _ in 0..<4 {
                try await race.history.expectAllReadable("a prune before request \(request)")
                #expect(try await history.repository.check(dataPercent: 100).isSound)
                history.store.advance(by: MaintenanceFixture.grace)
                _ = try await race.history.prune(RepackFixture.options)
            }
            try await race.history.expectAllReadable("a prune before request \(request)")
            let left = try await history.repository.statistics()
            #expect(left.unreferencedPacks.count == 0 && left.markedPacks.count == 0)
        }
        #expect(request >= 5 && repacks > 0)
        #expect(attempts.contains(2))
    }

    @Test(
        "A stream that finds chunks in a pack that is written anew ends up whole, whenever that happens",
        arguments: [true, false]
    )
    func chunks(deletes: Bool) async throws {
        var random = SeededGenerator(state: 3)
        let (kept, dropped) = (random.bytes(300_000), random.bytes(300_000))
        var request = 0
        var attempts: Set<Int> = []
        while true {
            let history = try await MaintenanceFixture(backups: 0, deleting: [])
            _ = try await history.fixture.backUpStream(kept + dropped, chunks: 50_000, as: "s0")
            _ = try await history.fixture.backUpStream(kept, chunks: 50_000, as: "s1")
            try await history.repository.snapshots.delete(SnapshotName(cluster: "c", name: "s0"))
            history.store.advance(by: MaintenanceFixture.grace)
            let once = Once(after: request)
            history.store.onRequest { request in
                guard once.isTime() else { return }
                history.store.onRequest(nil)
                #expect(try await history.prune(RepackFixture.options).tally(.repack).packs == 1)
                // What commits now has looked a moment ago, not a grace.
                if case .put(let key) = request, key.rawValue.hasPrefix("snapshots/") { return }
                guard deletes else { return }
                history.store.advance(by: MaintenanceFixture.grace)
                _ = try await history.prune(RepackFixture.options)
            }
            var attempt = 1
            var snapshot: Snapshot?
            while snapshot == nil, attempt < 5 {
                do {
                    snapshot = try await history.fixture.backUpStream(dropped + kept, chunks: 50_000, as: "new")
                        .snapshot
                } catch is DamagedParentError { attempt += 1 }
            }
            history.store.onRequest(nil)
            if !once.wasTime { break }
            attempts.insert(attempt)
            let new = try #require(snapshot)
            for _ in 0..<4 {
                let reader = try await history.fixture.reader(new)
                var read: [UInt8] = []
                try await reader.forEachRecord { _, record in read += record }
                #expect(read == dropped + kept, "a prune before request \(request)")
                #expect(try await history.repository.check(dataPercent: 100).isSound)
                history.store.advance(by: MaintenanceFixture.grace)
                _ = try await history.prune(RepackFixture.options)
            }
            request += 1
        }
        #expect(request > 5 && attempts == [1, 2])
    }

    @Test("A backup that refers to what was left out keeps the pack, and a later prune writes it anew again")
    func outrun() async throws {
        var race = try await Race()
        let history = race.history
        history.store.onRequest { request in
            guard case .put(let key) = request, key.rawValue == "snapshots/c/new" else { return }
            history.store.onRequest(nil)
            try await Self.forgetFirst(history)
            #expect(try await history.prune(RepackFixture.options).tally(.repack).packs == 1)
        }
        #expect(try await race.backUp(extends: false) == 1)
        race.history.tables["b0"] = nil
        let relocated = try await PackList(of: history.store).relocations.map(\.id)
        history.store.advance(by: MaintenanceFixture.grace)
        let report = try await history.prune(PruneOptions(repackLimit: 0))
        #expect(report.tally(.revive).packs == 1)
        #expect(try await PackList(of: history.store).relocations.isEmpty)
        #expect(try await history.stored().isSuperset(of: relocated))
        try await race.history.expectAllReadable()
        history.store.advance(by: MaintenanceFixture.grace)
        _ = try await history.prune(RepackFixture.options)
        try await race.history.expectAllReadable()
    }

    @Test("Of two prunes at once each leaves every backup whole, whenever the second comes", arguments: [0, 1, 2])
    func twoPrunes(rounds: Int) async throws {
        var request = 0
        while true {
            let fixture = try await RepackFixture(isSmall: true)
            for _ in 0..<rounds {
                _ = try await fixture.prune()
                fixture.store.advance(by: MaintenanceFixture.grace)
            }
            let once = Once(after: request)
            fixture.store.onRequest { _ in
                guard once.isTime() else { return }
                fixture.store.onRequest(nil)
                _ = try await fixture.prune()
            }
            _ = try await fixture.prune()
            fixture.store.onRequest(nil)
            if !once.wasTime { break }
            try await fixture.expectSound("two prunes, at request \(request)")
            for _ in 0..<5 {
                fixture.store.advance(by: MaintenanceFixture.grace)
                _ = try await fixture.prune()
            }
            try await fixture.expectSound("two prunes, at request \(request)")
            let left = try await fixture.history.repository.statistics()
            #expect(left.unreferencedPacks.count == 0 && left.markedPacks.count == 0)
            request += 1
        }
        #expect(request > 5)
    }

    @Test("A backup builds on what was written anew as on what was not", arguments: [true, false], [true, false])
    func building(extends: Bool, isCached: Bool) async throws {
        let fixture = try await RepackFixture()
        let cache = isCached ? TestCache() : nil
        var history = fixture.history
        let parent = history.fixture.parent
        for round in 0..<4 {
            for open in 0..<2 {
                let repository = try await Repository.open(fixture.store, key: history.fixture.key, cache: cache)
                var writer = history.fixture.with(repository)
                writer.parent = parent
                var options = RepositoryFixture.Options()
                options.extends = extends
                let (snapshot, warnings) = try await writer.backUp(fixture.table, as: "n\(round)-\(open)", options)
                #expect(snapshot.statistics.newRecords == 0)
                #expect(warnings.isEmpty)
                history.tables[snapshot.name] = fixture.table
            }
            try await history.expectAllReadable("round \(round)")
            _ = try await fixture.prune()
            #expect(try await history.repository.check(dataPercent: 100).isSound)
            fixture.store.advance(by: MaintenanceFixture.grace)
        }
    }
}
