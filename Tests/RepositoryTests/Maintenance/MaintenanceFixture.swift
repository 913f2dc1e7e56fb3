import Foundation
import FuzzTestSupport
import ObjectStore
import Synchronization
import Testing

@testable import Repository

/// A repository with a history: every second backup is all new, the others change some of the one before; some are gone.
struct MaintenanceFixture {
    var fixture: RepositoryFixture
    /// What each backup holds that was not deleted.
    var tables: [String: [String: [UInt8]]] = [:]

    static let grace = PruneOptions.standardGrace

    var store: FaultyStore { fixture.store }
    var repository: Repository { fixture.repository }

    static func key(_ number: Int) -> String { "a/\(number + 100_000)" }

    /// - Parameters:
    ///   - seed: Of the contents.
    ///   - deletes: The backups that are deleted in the end.
    init(seed: UInt64 = 1, backups: Int = 6, deleting deletes: Set<Int> = [0, 1, 5]) async throws {
        fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: seed &* 0x9E37_79B9_7F4A_7C15)
        var table: [String: [UInt8]] = [:]
        for backup in 0..<backups {
            if backup.isMultiple(of: 2) {
                for number in 0..<120 { table[Self.key(number)] = random.bytes(50) }
            } else {
                for _ in 0..<20 { table[Self.key(Int.random(in: 0..<130, using: &random))] = random.bytes(50) }
            }
            try await backUp(table, as: "b\(backup)")
        }
        for backup in deletes { try await delete("b\(backup)") }
    }

    mutating func backUp(_ table: [String: [UInt8]], as name: String) async throws {
        _ = try await fixture.backUp(table, as: name)
        tables[name] = table
    }

    mutating func delete(_ name: String) async throws {
        try await repository.snapshots.delete(SnapshotName(cluster: "c", name: name))
        tables[name] = nil
    }

    func prune(_ options: PruneOptions = PruneOptions()) async throws -> PruneReport {
        try await repository.prune(options, wallClock: 0)
    }

    /// The packs that backups refer to, found without what is being tested.
    func reachable() async throws -> Set<PackID> {
        var packs: Set<PackID> = []
        for name in tables.keys {
            let snapshot = try await repository.snapshots.read(SnapshotName(cluster: "c", name: name)).snapshot
            for page in snapshot.contents[0].manifest.layers.flatMap(\.pages) {
                packs.insert(page.block.pack)
                let rows = try page.rows(in: try await repository.reader.read(page.block))
                for case .present(let entry) in rows { packs.insert(entry.location.block.pack) }
            }
        }
        return packs
    }

    func stored() async throws -> Set<PackID> { Set(try await ListedPack.list(in: store).map(\.id)) }

    /// Reads every backup whole.
    func expectAllReadable(_ comment: Comment? = nil) async throws {
        for (name, table) in tables { #expect(try await fixture.read(name) == table, comment) }
    }

    /// Every object but those that are only there for others to look at.
    func objects() async throws -> [ObjectKey: [UInt8]] {
        var objects: [ObjectKey: [UInt8]] = [:]
        for object in try await store.list(prefix: "") { objects[object.key] = try await store.get(object.key) }
        return objects
    }
}

/// Lets so many requests pass, and fails all that follow.
final class RequestBudget: Sendable {
    private let left: Mutex<Int>

    init(_ requests: Int) { left = Mutex(requests) }

    struct Spent: Error {}

    func spend() throws {
        try left.withLock { left in
            guard left > 0 else { throw Spent() }
            left -= 1
        }
    }
}

/// Says once that it is time.
final class Once: Sendable {
    private let countdown: Mutex<Int>

    /// - Parameter calls: Calls of ``isTime()`` before.
    init(after calls: Int) { countdown = Mutex(calls) }

    func isTime() -> Bool {
        countdown.withLock { countdown in
            countdown -= 1
            return countdown == -1
        }
    }

    var wasTime: Bool { countdown.withLock { $0 < 0 } }
}

extension RepositoryFixture {
    /// Makes a backup `new` as the engine does: again and again without what cannot be built on.
    ///
    /// - Parameter reopen: Gives each attempt the repository as it finds it.
    /// - Returns: Which attempt succeeded.
    mutating func backUpAsEngine(
        _ table: [String: [UInt8]],
        _ options: Options = Options(),
        reopening reopen: (inout RepositoryFixture) async throws -> Void = { _ in }
    ) async throws -> Int {
        var options = options
        for attempt in 1...5 {
            do {
                try await reopen(&self)
                _ = try await backUp(table, as: "new", options)
                return attempt
            } catch let error as DamagedParentError {
                options.distrusted.insert(error.pack)
                if error.manifest != nil { options.buildsOnParent = false }
            }
        }
        Issue.record("the backup never ends")
        return 0
    }
}
