import Foundation
import FuzzTestSupport
import ObjectStore
import Testing

@testable import Repository

/// A repository with a backup that needs only part of a pack: the one that wrote the rest is deleted.
struct RepackFixture {
    var history: MaintenanceFixture
    var table: [String: [UInt8]] = [:]
    private var random: SeededGenerator

    var store: FaultyStore { history.store }

    /// The keys of records that fill blocks alone, and of records that share one.
    private static let large = (0..<4).map { "b/\($0)" }
    private static let small = (0..<40).map(MaintenanceFixture.key)

    static let options = PruneOptions(unusedPercent: 0)

    /// - Parameter isSmall: Whether there are no records that fill a block.
    init(seed: UInt64 = 7, isSmall: Bool = false) async throws {
        history = try await MaintenanceFixture(backups: 0, deleting: [])
        random = SeededGenerator(state: seed)
        for key in isSmall ? Self.small : Self.small + Self.large { table[key] = record(key) }
        try await backUp("r0")
        try await change("r1", deleting: "r0")
        store.advance(by: MaintenanceFixture.grace)
    }

    private mutating func record(_ key: String) -> [UInt8] { random.bytes(key.hasPrefix("b") ? 300_000 : 60) }

    /// Makes a backup that refers to what it shares with the one before by its place.
    mutating func backUp(_ name: String) async throws {
        _ = try await history.fixture.backUp(table, as: name, extends: false)
        history.tables[name] = table
    }

    /// Makes a backup in which half of the records are others, and deletes the one before.
    mutating func change(_ name: String, deleting old: String) async throws {
        for (place, key) in table.keys.sorted().enumerated() where (place + random.int(2)) % 2 == 0 {
            table[key] = record(key)
        }
        try await backUp(name)
        try await history.delete(old)
    }

    func prune(_ options: PruneOptions = options) async throws -> PruneReport { try await history.prune(options) }

    func relocated() async throws -> Set<PackID> { Set(try await PackList(of: store).relocations.map(\.id)) }

    /// Reads every backup whole, and checks everything.
    func expectSound(_ comment: Comment? = nil) async throws {
        try await history.expectAllReadable(comment)
        let report = try await Repository.open(store, key: history.fixture.key).check(dataPercent: 100)
        #expect(report.isSound, "\(report.damages) \(comment ?? "")")
    }

    /// What lies in packs and relocations.
    func packObjects() async throws -> [ObjectKey] { try await store.list(prefix: "packs/").map(\.key) }
}

extension SeededGenerator {
    mutating func int(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
