import Foundation
import FuzzTestSupport
import ObjectStore
import Testing

@testable import Repository

@Suite("Differences between manifests")
struct ManifestComparisonTests {
    private static func key(_ number: Int) -> String { "\(number % 3 == 0 ? "a" : "b")/\(number + 100_000)" }

    /// `+key`, `-key`, `~key`.
    private func differences(
        _ fixture: RepositoryFixture,
        _ old: Snapshot,
        _ new: Snapshot,
        prefixes: [String] = [""]
    ) async throws -> [String] {
        let repository = try await Repository.open(fixture.store, key: fixture.key)
        var found: [String] = []
        try await repository.forEachDifference(
            from: old.contents[0].manifest,
            to: new.contents[0].manifest,
            prefixes: prefixes.map { Array($0.utf8) }
        ) { difference in
            let key = String(decoding: difference.key, as: UTF8.self)
            switch difference {
            case .added: found.append("+\(key)")
            case .removed: found.append("-\(key)")
            case .changed(let before, let after):
                #expect(before.key == after.key)
                found.append("~\(key)")
            }
        }
        return found
    }

    private func expected(_ old: [String: [UInt8]], _ new: [String: [UInt8]]) -> [String] {
        Set(old.keys).union(new.keys).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { key in
            switch (old[key], new[key]) {
            case (nil, _): "+\(key)"
            case (_, nil): "-\(key)"
            case (let before, let after): before == after ? nil : "~\(key)"
            }
        }
    }

    @Test("Any two backups of a chain differ as their tables do", arguments: 1...2 as ClosedRange<UInt64>)
    func chains(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed &* 0x9E37_79B9_7F4A_7C15)
        var fixture = try await RepositoryFixture()
        var table: [String: [UInt8]] = [:]
        for number in 0..<7000 { table[Self.key(number)] = Array("value \(number)".utf8) }
        var made: [(table: [String: [UInt8]], snapshot: Snapshot)] = []
        made.append((table, try await fixture.backUp(table, as: "n0")))
        for backup in 1...5 {
            for _ in 0..<([0, 1, 40, 300, 2500].randomElement(using: &random) ?? 0) {
                let key = Self.key(Int.random(in: 0..<7400, using: &random))
                table[key] = Int.random(in: 0...4, using: &random) == 0 ? nil : random.bytes(2)
            }
            let extends = Int.random(in: 0...5, using: &random) > 0
            made.append((table, try await fixture.backUp(table, as: "n\(backup)", extends: extends)))
        }
        for (old, new) in made.flatMap({ old in made.map { (old, $0) } }) {
            let wanted = expected(old.table, new.table)
            let names = "seed \(seed), \(old.snapshot.name) to \(new.snapshot.name)"
            #expect(try await differences(fixture, old.snapshot, new.snapshot) == wanted, "\(names)")
            let some = wanted.filter { $0.dropFirst().hasPrefix("a/") || $0.dropFirst().hasPrefix("b/10") }
            let found = try await differences(fixture, old.snapshot, new.snapshot, prefixes: ["a/", "b/10"])
            #expect(found == some, "\(names)")
        }
    }

    @Test("Requests follow what differs, and equal backups need none")
    func requests() async throws {
        var fixture = try await RepositoryFixture()
        var table: [String: [UInt8]] = [:]
        for number in 0..<60_000 { table[Self.key(number)] = Array("value \(number)".utf8) }
        let first = try await fixture.backUp(table, as: "first")
        let same = try await fixture.backUp(table, as: "same")
        table[Self.key(30_000)] = [1]
        let second = try await fixture.backUp(table, as: "second")
        #expect(first.contents[0].manifest.layers[0].pages.count > 14)

        let repository = try await Repository.open(fixture.store, key: fixture.key)
        var before = fixture.store.gets
        try await repository.forEachDifference(
            from: first.contents[0].manifest,
            to: same.contents[0].manifest
        ) { _ in Issue.record("equal backups differ") }
        #expect(fixture.store.gets == before)

        before = fixture.store.gets
        var found: [ManifestDifference] = []
        try await repository.forEachDifference(
            from: first.contents[0].manifest,
            to: second.contents[0].manifest
        ) { found.append($0) }
        guard case .changed(let old, let new) = try #require(found.first), found.count == 1 else {
            Issue.record("one change became \(found)")
            return
        }
        // A page of the new layer, and one of the shared base.
        #expect(fixture.store.gets - before == 2)
        let records = try await repository.records(of: [old, new, old]).map { try $0.get() }
        #expect(records == [Array("value 30000".utf8), [1], Array("value 30000".utf8)])
    }

    @Test("The pages of a manifest lie together, and are read in few requests")
    func readAhead() async throws {
        var fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: 5)
        var table: [String: [UInt8]] = [:]
        for number in 0..<60_000 { table[Self.key(number)] = random.bytes(40) }
        let snapshot = try await fixture.backUp(table, as: "first")
        let pages = snapshot.contents[0].manifest.layers[0].pages.count
        let reader = try await fixture.reader(snapshot)
        let before = fixture.store.gets
        var count = 0
        try await reader.forEachEntry { _ in count += 1 }
        #expect(count == 60_000)
        #expect(fixture.store.gets - before <= pages / 3)
    }

    @Test("A page that cannot be read is told, not passed over")
    func damage() async throws {
        var fixture = try await RepositoryFixture()
        var table: [String: [UInt8]] = [:]
        for number in 0..<20_000 { table[Self.key(number)] = Array("value \(number)".utf8) }
        let first = try await fixture.backUp(table, as: "first")
        table[Self.key(3)] = [1]
        let second = try await fixture.backUp(table, as: "second")
        try await fixture.damage(first.contents[0].manifest.layers[0].pages[0].block)
        let error = await #expect(throws: RepositoryError.self) {
            _ = try await differences(fixture, first, second)
        }
        #expect(error?.code == .damaged)
    }
}
