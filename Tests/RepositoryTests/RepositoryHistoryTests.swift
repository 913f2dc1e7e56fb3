import Chunking
import Foundation
import ObjectStore
import Testing

@testable import Repository

/// A repository in memory, and what must be in it.
struct RepositoryFixture {
    let store = InMemoryObjectStore()
    let key = RepositoryKey.makeKeyFile()
    let repository: Repository
    var parent: (name: String, manifest: Manifest)?

    init() async throws {
        repository = try await Repository.create(in: store, key: key, at: Date(timeIntervalSince1970: 0))
    }

    /// Backs up `table`, cut into sections by the first byte of the keys.
    mutating func backUp(_ table: [String: [UInt8]], as name: String, extends: Bool = true) async throws -> Snapshot {
        let sections = Dictionary(grouping: table.keys, by: { String($0.prefix(1)) })
        let parent = self.parent
        let written = try await repository.writeBackup(
            SnapshotName(cluster: "c", name: name),
            parent: parent?.name,
            at: Date(timeIntervalSince1970: 1)
        ) { writer in
            let manifest = writer.manifest(.objects, parent: parent?.manifest, extendsParent: extends)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (prefix, keys) in sections {
                    group.addTask {
                        try await manifest.section(prefix: Array(prefix.utf8)) { section in
                            for key in keys.map({ Array($0.utf8) }).sorted(by: { $0.isBefore($1) }) {
                                let record = table[String(decoding: key, as: UTF8.self)] ?? []
                                _ = try await section.put(record[...], at: key)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let finished = try await manifest.finish()
            return Repository.Draft(contents: [SnapshotContent(kind: .objects, manifest: finished)]) { _ in [1, 2, 3] }
        }
        let manifest = try #require(written.snapshot.content(.objects)).manifest
        self.parent = (name, manifest)
        return written.snapshot
    }

    /// What a backup holds, read through a repository that was opened anew.
    func read(_ name: String) async throws -> [String: [UInt8]] {
        let repository = try await Repository.open(store, key: key)
        let (snapshot, details) = try await repository.snapshots.read(SnapshotName(cluster: "c", name: name))
        #expect(details == [1, 2, 3])
        let manifest = try #require(snapshot.content(.objects)).manifest
        let box = TableBox()
        try await repository.contents(of: manifest).forEachRecord { entry, record in
            box.table[String(decoding: entry.key, as: UTF8.self)] = Array(record)
        }
        #expect(box.table.count == manifest.entryCount)
        #expect(box.table.values.reduce(0) { $0 + $1.count } == manifest.recordBytes)
        return box.table
    }
}

/// Collects records in a closure that runs one after the other.
private final class TableBox { var table: [String: [UInt8]] = [:] }

/// xorshift64*: repeatable random numbers.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 2_685_821_657_736_338_717
    }

    /// Random bytes, eight from each number.
    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { unsafe withUnsafeBytes(of: next()) { unsafe bytes.append(contentsOf: $0) } }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}

@Suite("History of a repository")
struct RepositoryHistoryTests {
    @Test("Every backup of a random history reads back as it was", arguments: [1, 2] as [UInt64])
    func randomHistory(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed &* 0x9E37_79B9_7F4A_7C15)
        var fixture = try await RepositoryFixture()
        var table: [String: [UInt8]] = [:]
        var history: [String: [String: [UInt8]]] = [:]
        func record() -> [UInt8] {
            let length = Int.random(in: 0...60, using: &random) == 0 ? 300_000 : Int.random(in: 0...900, using: &random)
            return random.bytes(length)
        }
        for number in 0..<12 {
            let changes = number == 0 ? 600 : [0, 1, 5, 40, 200].randomElement(using: &random) ?? 0
            for _ in 0..<changes {
                let key =
                    "\(["a", "b", "q"].randomElement(using: &random) ?? "a")/\(Int.random(in: 0...900, using: &random))"
                table[key] = Int.random(in: 0...3, using: &random) == 0 ? nil : record()
            }
            if number == 9 { table = table.filter { !$0.key.hasPrefix("b") } }
            let snapshot = try await fixture.backUp(table, as: "n\(number)", extends: number != 12)
            history["n\(number)"] = table
            let layers = try #require(snapshot.content(.objects)).manifest.layers
            #expect(layers.count < 10, "seed \(seed), backup \(number)")
        }
        for (name, table) in history {
            #expect(try await fixture.read(name) == table, "seed \(seed), backup \(name)")
        }
    }

    @Test("An unchanged backup writes one object, and shares all layers")
    func unchanged() async throws {
        var fixture = try await RepositoryFixture()
        let table = Dictionary(uniqueKeysWithValues: (0..<5000).map { ("a/\($0)", Array("value \($0)".utf8)) })
        let first = try await fixture.backUp(table, as: "one")
        let second = try await fixture.backUp(table, as: "two")
        #expect(second.statistics.storedBytes == 0)
        #expect(second.newPacks.isEmpty)
        #expect(second.contents[0].manifest.rootHash == first.contents[0].manifest.rootHash)
        #expect(try await fixture.read("two") == table)
    }

    @Test("A base made from a parent of another selection writes no record again")
    func reuse() async throws {
        var fixture = try await RepositoryFixture()
        let table = Dictionary(
            uniqueKeysWithValues: (0..<5000).map { ("\($0 % 2 == 0 ? "a" : "b")/\($0)", Array("value \($0)".utf8)) }
        )
        _ = try await fixture.backUp(table, as: "all")
        let half = table.filter { $0.key.hasPrefix("b") }
        let second = try await fixture.backUp(half, as: "half", extends: false)
        #expect(second.statistics.newRecords == 0)
        #expect(second.contents[0].manifest.layers.count == 1)
        #expect(try await fixture.read("half") == half)
    }

    @Test(
        "Layers stay few and short",
        arguments: [
            ([1000], 10, 1), ([1000, 10], 10, 1), ([1000, 100, 10], 1, 3), ([1000, 100, 10], 5, 2),
            ([1000, 200], 60, 0),
            ([10], 9, 0),
        ]
    )
    func keptLayers(rowCounts: [Int], newRows: Int, kept: Int) {
        #expect(ManifestWriter.keptLayers(of: rowCounts, adding: newRows) == kept)
    }

    @Test("A key that comes out of order is refused, and the section can be filled anew")
    func order() async throws {
        let fixture = try await RepositoryFixture()
        let written = try await fixture.repository.writeBackup(
            SnapshotName(cluster: "c", name: "n"),
            parent: nil,
            at: Date(timeIntervalSince1970: 1)
        ) { writer in
            let manifest = writer.manifest(.objects, parent: nil, extendsParent: false)
            await #expect(throws: ManifestOrderError.self) {
                try await manifest.section(prefix: [1]) { section in
                    _ = try await section.put([1], at: [1, 2])
                    _ = try await section.put([1], at: [1, 1])
                }
            }
            try await manifest.section(prefix: [1]) { section in
                _ = try await section.put([7], at: [1, 1])
            }
            let finished = try await manifest.finish()
            return Repository.Draft(contents: [SnapshotContent(kind: .objects, manifest: finished)]) { _ in [] }
        }
        #expect(written.snapshot.contents[0].manifest.entryCount == 1)
    }

    @Test("Two backups cannot have one name")
    func nameTaken() async throws {
        var fixture = try await RepositoryFixture()
        _ = try await fixture.backUp(["a": [1]], as: "n")
        let error = await #expect(throws: RepositoryError.self) { try await fixture.backUp(["a": [2]], as: "n") }
        #expect(error?.code == .nameTaken)
        #expect(try await fixture.read("n") == ["a": [1]])
    }

    @Test("Content-defined chunks are stored once, wherever they turn up again")
    func chunks() async throws {
        let fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: 42)
        let data = random.bytes(6_000_000)
        func backUp(_ data: [UInt8], as name: String) async throws -> Snapshot {
            try await fixture.repository.writeBackup(
                SnapshotName(cluster: "c", name: name),
                parent: nil,
                at: Date(),
                includesStreams: true
            ) { writer in
                let manifest = writer.manifest(.stream, parent: nil, extendsParent: false)
                try await manifest.section(prefix: []) { section in
                    let chunker = fixture.repository.chunker
                    var position = 0
                    while position < data.count {
                        let length = chunker.nextChunkLength(in: data, from: position)
                        _ = try await section.put(
                            data[position..<(position + length)],
                            at: ManifestKey.number(UInt64(position))
                        )
                        position += length
                    }
                }
                let finished = try await manifest.finish()
                return Repository.Draft(contents: [SnapshotContent(kind: .stream, manifest: finished)]) { _ in [] }
            }.snapshot
        }
        let first = try await backUp(data, as: "one")
        let moved = Array("inserted".utf8) + data
        let second = try await backUp(moved, as: "two")
        #expect(second.statistics.newRecordBytes < first.statistics.newRecordBytes / 2)
        let content = try #require(
            try await fixture.repository.snapshots.read(SnapshotName(cluster: "c", name: "two")).snapshot.content(
                .stream
            )
        )
        let read = TableBox()
        read.table["all"] = []
        try await fixture.repository.contents(of: content.manifest).forEachRecord { _, chunk in
            read.table["all"]?.append(contentsOf: chunk)
        }
        #expect(read.table["all"] == moved)
    }
}
