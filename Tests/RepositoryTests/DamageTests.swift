import Foundation
import FuzzTestSupport
import ObjectStore
import Testing

@testable import Repository

/// What a read of a damaged backup delivers, and what it tells of the rest.
private struct Outcome {
    var table: [String: [UInt8]] = [:]
    var records: [String] = []
    var doubtful: [String] = []
    var pages: [ManifestKeyRange] = []
    var lostRows = 0
    var errors: [RepositoryError] = []

    init(_ reader: ManifestReader, prefix: String = "") async throws {
        var told: [(ManifestDamage, RepositoryError)] = []
        var read: [String: [UInt8]] = [:]
        try await reader.forEachRecord(prefix: Array(prefix.utf8), onDamage: { told.append(($0, $1)) }) {
            entry,
            record in
            read[String(decoding: entry.key, as: UTF8.self)] = Array(record)
        }
        table = read
        for (damage, error) in told {
            errors.append(error)
            switch damage {
            case .record(let entry): records.append(String(decoding: entry.key, as: UTF8.self))
            case .doubtful(let entry): doubtful.append(String(decoding: entry.key, as: UTF8.self))
            case .page(let range, let rowCount):
                pages.append(range)
                lostRows += rowCount
            }
        }
    }
}

private func key(_ number: Int) -> String { "a/\(String(number + 100_000))" }

@Suite("Reading a damaged backup")
struct DamageTests {
    /// How a pack can be spoilt.
    enum Fault: CaseIterable {
        case missing, empty, cut, flipped
    }

    @Test("A pack that is gone, cut off or spoilt costs the records in it, and no others", arguments: Fault.allCases)
    func damagedPack(fault: Fault) async throws {
        var fixture = try await RepositoryFixture()
        var table = Dictionary(uniqueKeysWithValues: (0..<100).map { (key($0), Array("old \($0)".utf8)) })
        let first = try await fixture.backUp(table, as: "one")
        for number in stride(from: 0, to: 100, by: 2) { table[key(number)] = Array("new \(number)".utf8) }
        let second = try await fixture.backUp(table, as: "two")
        // So many changes make a new base: nothing but records is left in the first pack.
        #expect(second.contents[0].manifest.layers.count == 1)
        let pack = try first.newPack
        switch fault {
        case .missing: try await fixture.store.delete([pack.key])
        case .empty: try await fixture.store.damage(pack.key) { $0 = [] }
        case .cut: try await fixture.store.damage(pack.key) { $0.removeLast($0.count - 30) }
        case .flipped: try await fixture.store.damage(pack.key) { $0[20] ^= 1 }
        }

        let reader = try await fixture.reader(second)
        let outcome = try await Outcome(reader)
        #expect(outcome.table == table.filter { $0.value.starts(with: "new".utf8) })
        #expect(outcome.records == (0..<100).filter { $0 % 2 == 1 }.map(key))
        #expect(outcome.pages.isEmpty && outcome.doubtful.isEmpty)
        for error in outcome.errors {
            #expect(error.code == .damaged)
            #expect(error.message.contains(pack.description))
        }
        // Who does not ask to go on is stopped, by the same error.
        let thrown = await #expect(throws: RepositoryError.self) { try await reader.forEachRecord { _, _ in } }
        #expect(thrown?.code == .damaged)
        #expect(thrown?.message.contains(pack.description) == true)
        let entry = try #require(try await reader.entry(at: Array(key(1).utf8)))
        let single = await #expect(throws: RepositoryError.self) { try await reader.record(entry) }
        #expect(single?.code == .damaged)
        #expect(single?.message.contains(pack.description) == true)
    }

    @Test("Of a pack that was cut off, all blocks before the cut are read")
    func cutPack() async throws {
        var fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: 7)
        var table: [String: [UInt8]] = [:]
        for number in 0..<12 { table[key(number)] = random.bytes(300_000) }
        let first = try await fixture.backUp(table, as: "one")
        for number in 12..<20 { table[key(number)] = random.bytes(1000) }
        let second = try await fixture.backUp(table, as: "two")
        #expect(second.contents[0].manifest.layers.count == 1)
        let pack = try first.newPack
        try await fixture.store.damage(pack.key) { $0.removeLast($0.count - 1_600_000) }

        let reader = try await fixture.reader(second)
        var lost: [String] = []
        try await reader.forEachEntry { entry in
            let block = entry.location.block
            if block.pack == pack, block.offset + UInt64(block.storedLength) > 1_600_000 {
                lost.append(String(decoding: entry.key, as: UTF8.self))
            }
        }
        #expect(lost.count == 7)
        let outcome = try await Outcome(reader)
        #expect(outcome.records == lost)
        #expect(outcome.table == table.filter { !lost.contains($0.key) })
    }

    @Test("A pack that is gone is asked for once")
    func missingPackRequests() async throws {
        var fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: 8)
        var table: [String: [UInt8]] = [:]
        for number in 0..<20 { table[key(number)] = random.bytes(300_000) }
        let first = try await fixture.backUp(table, as: "one")
        table[key(99)] = [1]
        for number in 20..<30 { table[key(number)] = [UInt8(number)] }
        let second = try await fixture.backUp(table, as: "two")
        let pack = try first.newPack
        try await fixture.store.delete([pack.key])
        let reader = try await fixture.reader(second)
        let before = fixture.store.gets
        let outcome = try await Outcome(reader)
        #expect(outcome.records.count == 20)
        // And once for where else its blocks may be.
        #expect(fixture.store.gets - before <= 4)
    }

    @Test("A page of the manifest that is lost costs its keys, and says which")
    func lostPage() async throws {
        var fixture = try await RepositoryFixture()
        var table: [String: [UInt8]] = [:]
        for number in 0..<10_000 { table[key(number)] = Array("value \(number)".utf8) }
        for number in 0..<10 { table["b/\(number)"] = [UInt8(number)] }
        let snapshot = try await fixture.backUp(table, as: "one")
        let pages = snapshot.contents[0].manifest.layers[0].pages
        #expect(pages.map(\.rowCount) == [4096, 4096, 1818])
        try await fixture.damage(pages[1].block)

        let reader = try await fixture.reader(snapshot)
        let outcome = try await Outcome(reader)
        let range = ManifestKeyRange(from: Array(key(4096).utf8), to: Array(key(8192).utf8))
        #expect(outcome.pages == [range])
        #expect(outcome.lostRows == 4096)
        #expect(outcome.errors.allSatisfy { $0.message.contains(pages[1].block.pack.description) })
        #expect(outcome.records.isEmpty && outcome.doubtful.isEmpty)
        #expect(outcome.table == table.filter { !range.contains(Array($0.key.utf8)) })

        // Only who reads from the range hears of it.
        #expect(try await Outcome(reader, prefix: "b/").pages.isEmpty)
        #expect(try await Outcome(reader, prefix: key(4095)).pages.isEmpty)
        #expect(try await Outcome(reader, prefix: key(4096)).pages == [range])
        #expect(try await Outcome(reader, prefix: key(8191)).pages == [range])
        #expect(try await Outcome(reader, prefix: key(8192)).pages.isEmpty)
        try await reader.forEachEntry(prefix: Array("b/".utf8)) { _ in }
        await #expect(throws: RepositoryError.self) { try await reader.forEachEntry { _ in } }
        #expect(try await reader.entry(at: Array(key(4095).utf8)) != nil)
        let error = await #expect(throws: RepositoryError.self) { try await reader.entry(at: Array(key(5000).utf8)) }
        #expect(error?.code == .damaged)
    }

    @Test("Where a page of changes is lost, older records are told to be doubtful, and newer ones are read")
    func lostChanges() async throws {
        var fixture = try await RepositoryFixture()
        var table = Dictionary(uniqueKeysWithValues: (0..<2000).map { (key($0), Array("old \($0)".utf8)) })
        _ = try await fixture.backUp(table, as: "base")
        for number in 1000..<1100 { table[key(number)] = Array("changed \(number)".utf8) }
        table[key(1100)] = nil
        let middle = try await fixture.backUp(table, as: "middle")
        for number in 1010..<1015 { table[key(number)] = Array("newest \(number)".utf8) }
        table[key(1500)] = nil
        let last = try await fixture.backUp(table, as: "last")
        let layers = last.contents[0].manifest.layers
        #expect(layers.map(\.rowCount) == [2000, 101, 6])
        try await fixture.damage(layers[1].pages[0].block)

        let reader = try await fixture.reader(last)
        let outcome = try await Outcome(reader)
        #expect(outcome.pages == [ManifestKeyRange(from: Array(key(1000).utf8), to: nil)])
        #expect(outcome.lostRows == 101)
        let certain = Array(0..<1000) + Array(1010..<1015)
        #expect(outcome.table == table.filter { certain.map(key).contains($0.key) })
        #expect(outcome.doubtful == (1000..<2000).filter { !(1010..<1015).contains($0) && $0 != 1500 }.map(key))
        #expect(try await reader.entry(at: Array(key(1012).utf8)) != nil)
        #expect(try await reader.entry(at: Array(key(1500).utf8)) == nil)
        #expect(try await reader.entry(at: Array(key(999).utf8)) != nil)
        await #expect(throws: RepositoryError.self) { try await reader.entry(at: Array(key(1600).utf8)) }
        await #expect(throws: RepositoryError.self) { try await reader.entry(at: Array(key(1100).utf8)) }
        // Its parent is hit as well, and the base of both is whole.
        #expect(try await Outcome(try await fixture.reader(middle)).table.count == 1000)
        #expect(try await fixture.read("base").count == 2000)
    }

    @Test(
        "An error that may pass is not taken for damage",
        arguments: [ObjectStoreError.Code.unavailable, .accessDenied]
    )
    func transient(code: ObjectStoreError.Code) async throws {
        var fixture = try await RepositoryFixture()
        let table = Dictionary(uniqueKeysWithValues: (0..<100).map { (key($0), Array("value \($0)".utf8)) })
        let snapshot = try await fixture.backUp(table, as: "one")
        let reader = try await fixture.reader(snapshot)
        let page = snapshot.contents[0].manifest.layers[0].pages[0].block
        for onlyRecords in [false, true] {
            fixture.store.failReads { _, range in
                if onlyRecords, range == .bytes(Int(page.offset)..<Int(page.offset) + Int(page.storedLength)) {
                    return nil
                }
                return ObjectStoreError(code, "Not now.")
            }
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await Outcome(reader) }
            #expect(error?.code == code)
        }
        fixture.store.failReads(nil)
        #expect(try await Outcome(reader).table == table)
    }

    @Test(
        "Whatever is damaged, each record is delivered as it was or told to be lost",
        arguments: 1...6 as ClosedRange<UInt64>
    )
    func randomDamage(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed &* 0x9E37_79B9_7F4A_7C15)
        var fixture = try await RepositoryFixture()
        var table: [String: [UInt8]] = [:]
        for number in 0..<6000 { table[key(number)] = random.bytes(Int.random(in: 0...40, using: &random)) }
        var last = try await fixture.backUp(table, as: "base")
        for (backup, changes) in [300, 60, 10].enumerated() {
            for _ in 0..<changes {
                let key = key(Int.random(in: 0..<6100, using: &random))
                table[key] = Int.random(in: 0...3, using: &random) == 0 ? nil : random.bytes(20)
            }
            last = try await fixture.backUp(table, as: "n\(backup)")
        }
        let reader = try await fixture.reader(last)
        var blocks: Set<BlockLocation> = []
        try await reader.forEachEntry { blocks.insert($0.location.block) }
        var candidates = last.contents[0].manifest.layers.flatMap(\.pages).map(\.block) + blocks
        candidates.sort { ($0.pack.description, $0.offset) < ($1.pack.description, $1.offset) }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            try await fixture.damage(try #require(candidates.randomElement(using: &random)))
        }

        let outcome = try await Outcome(try await fixture.reader(last))
        for (key, record) in outcome.table { #expect(table[key] == record, "seed \(seed), \(key)") }
        let told = Set(outcome.records + outcome.doubtful)
        for key in table.keys where outcome.table[key] == nil && !told.contains(key) {
            #expect(outcome.pages.contains { $0.contains(Array(key.utf8)) }, "seed \(seed), \(key)")
        }
        #expect(!outcome.errors.isEmpty, "seed \(seed)")
    }
}
