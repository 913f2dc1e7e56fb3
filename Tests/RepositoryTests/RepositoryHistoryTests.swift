import Chunking
import Foundation
import FuzzTestSupport
import ObjectStore
import Testing

@testable import Repository

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
