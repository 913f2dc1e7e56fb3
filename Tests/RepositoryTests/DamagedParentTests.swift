import Foundation
import FuzzTestSupport
import ObjectStore
import Testing

@testable import Repository

private func key(_ number: Int) -> String { "a/\(String(number + 100_000))" }

@Suite("A backup beside damaged ones")
struct DamagedParentTests {
    static let kinds = [SnapshotContent.Kind.objects, .pagedFile]

    /// Two backups: the second has a manifest of its own, but half of its records in the pack of the first.
    private func pair(
        _ kind: SnapshotContent.Kind
    ) async throws -> (fixture: RepositoryFixture, table: [String: [UInt8]], first: Snapshot, second: Snapshot) {
        var fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: 3)
        var table: [String: [UInt8]] = [:]
        for number in 0..<60 { table[key(number)] = random.bytes(20_000) }
        var options = RepositoryFixture.Options()
        options.kind = kind
        let first = try await fixture.backUp(table, as: "one", options).snapshot
        for number in stride(from: 0, to: 60, by: 2) { table[key(number)] = random.bytes(20_000) }
        let second = try await fixture.backUp(table, as: "two", options).snapshot
        #expect(second.contents[0].manifest.layers.count == 1)
        return (fixture, table, first, second)
    }

    @Test("Records whose pack is gone are written again, and the pack is told", arguments: kinds, [true, false])
    func missingRecords(kind: SnapshotContent.Kind, extends: Bool) async throws {
        var (fixture, table, first, _) = try await pair(kind)
        let lost = try first.newPack
        try await fixture.store.delete([lost.key])
        table[key(7)] = nil
        table[key(70)] = [1]
        var options = RepositoryFixture.Options()
        options.kind = kind
        options.extends = extends
        let third = try await fixture.backUp(table, as: "three", options)
        #expect(third.snapshot.statistics.newRecords == 30)
        #expect(third.warnings.count == 1)
        #expect(third.warnings.first?.contains(lost.description) == true)
        #expect(try await fixture.read("three") == table)
        #expect(try await !fixture.packs(of: third.snapshot).contains(lost))
        // What it left behind is a parent like any other.
        let fourth = try await fixture.backUp(table, as: "four", options)
        #expect(fourth.snapshot.statistics.newRecords == 0)
        #expect(fourth.warnings.isEmpty)
    }

    @Test("A pack that was cut off is given up as a whole", arguments: kinds)
    func cutRecords(kind: SnapshotContent.Kind) async throws {
        var (fixture, table, first, _) = try await pair(kind)
        let cut = try first.newPack
        try await fixture.store.damage(cut.key) { $0.removeLast($0.count / 2) }
        var options = RepositoryFixture.Options()
        options.kind = kind
        let error = await #expect(throws: DamagedParentError.self) {
            _ = try await fixture.backUp(table, as: "three", options)
        }
        #expect(error?.manifest == nil)
        #expect(error?.pack == cut)
        #expect(error?.cause.code == .damaged)
        options.distrusted = [cut]
        let third = try await fixture.backUp(table, as: "three", options)
        #expect(try await fixture.read("three") == table)
        #expect(try await !fixture.packs(of: third.snapshot).contains(cut))
        #expect(third.warnings.first?.contains(cut.description) == true)
    }

    @Test("A parent whose manifest is gone is named before anything is done", arguments: kinds, [true, false])
    func missingManifest(kind: SnapshotContent.Kind, isGone: Bool) async throws {
        var (fixture, table, _, second) = try await pair(kind)
        let pack = try second.newPack
        if isGone {
            try await fixture.store.delete([pack.key])
        } else {
            let page = second.contents[0].manifest.layers[0].pages[0].block
            try await fixture.store.damage(pack.key) { $0.removeLast($0.count - Int(page.offset) - 10) }
        }
        let puts = fixture.store.puts
        var options = RepositoryFixture.Options()
        options.kind = kind
        let error = await #expect(throws: DamagedParentError.self) {
            _ = try await fixture.backUp(table, as: "three", options)
        }
        #expect(error?.manifest == kind)
        #expect(error?.pack == pack)
        #expect(error?.cause.message.contains(pack.description) == true)
        #expect(fixture.store.puts == puts)
        options.buildsOnParent = false
        options.distrusted = [pack]
        _ = try await fixture.backUp(table, as: "three", options)
        #expect(try await fixture.read("three") == table)
    }

    @Test("A parent whose manifest is spoilt is named, whichever page it is", arguments: kinds, [0, 1, 2])
    func spoiltManifest(kind: SnapshotContent.Kind, page: Int) async throws {
        var fixture = try await RepositoryFixture()
        var table: [String: [UInt8]] = [:]
        for number in 0..<10_000 { table[key(number)] = Array("value \(number)".utf8) }
        var options = RepositoryFixture.Options()
        options.kind = kind
        let first = try await fixture.backUp(table, as: "one", options).snapshot
        try await fixture.damage(first.contents[0].manifest.layers[0].pages[page].block)
        // A process that has not read the page yet.
        let repository = try await Repository.open(fixture.store, key: fixture.key)
        fixture = fixture.with(repository)
        // Keys that are no longer there are looked for, too.
        table = table.filter { $0.key < key(3000) }
        let error = await #expect(throws: DamagedParentError.self) {
            _ = try await fixture.backUp(table, as: "two", options)
        }
        #expect(error?.manifest == kind)
        #expect(error?.pack == (try first.newPack))
        #expect(try await repository.snapshots.list().map(\.name.name) == ["one"])
        // The same pack holds records: none of them is used.
        options.buildsOnParent = false
        options.distrusted = [try first.newPack]
        let second = try await fixture.backUp(table, as: "two", options)
        #expect(try await fixture.read("two") == table)
        #expect(try await !fixture.packs(of: second.snapshot).contains(try first.newPack))
    }

    @Test("Chunks whose pack is gone are written again, and a spoilt index segment is passed over")
    func index() async throws {
        let fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: 5)
        let data = random.bytes(3_000_000)
        func backUp(_ name: String) async throws -> (snapshot: Snapshot, warnings: [String]) {
            try await fixture.backUpStream(data, chunks: 300_000, as: name)
        }
        func bytes(_ snapshot: Snapshot) async throws -> [UInt8] {
            var bytes: [UInt8] = []
            try await fixture.reader(snapshot).forEachRecord { bytes += $1 }
            return bytes
        }
        let first = try await backUp("one").snapshot
        #expect(try await backUp("two").snapshot.statistics.newRecords == 0)
        try await fixture.store.delete([try first.newPack.key])
        let third = try await backUp("three")
        #expect(third.snapshot.statistics.newRecords == 10)
        #expect(third.warnings.isEmpty, "a prune may have deleted the pack")
        #expect(try await bytes(third.snapshot) == data)
        let segments = try await fixture.store.list(prefix: "index/").map(\.key)
        for segment in segments { try await fixture.store.damage(segment) { $0[$0.count / 2] ^= 1 } }
        let fourth = try await backUp("four")
        #expect(fourth.snapshot.statistics.newRecords == 10)
        #expect(fourth.warnings.count == segments.count)
        #expect(try await bytes(fourth.snapshot) == data)
    }
}
