import Foundation
import FuzzTestSupport
import ObjectStore
import Testing

@testable import Repository

private func key(_ number: Int) -> String { "\(number % 2 == 0 ? "a" : "b")/\(String(number + 100_000))" }

@Suite("Layers of a manifest")
struct ManifestLayerTests {
    @Test(
        "Layers are merged, too, when their pages are too many to stay in memory",
        arguments: 1...2 as ClosedRange<UInt64>
    )
    func spilled(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed &* 0x9E37_79B9_7F4A_7C15)
        var fixture = try await RepositoryFixture()
        var table: [String: [UInt8]] = [:]
        for number in 0..<30_000 { table[key(number)] = Array("value \(number)".utf8) }
        var options = RepositoryFixture.Options()
        // Every page is written at once.
        options.bufferLimit = 0
        _ = try await fixture.backUp(table, as: "base", options)
        var most = 0
        for backup in 0..<12 {
            let changes = [3, 50, 400, 5000, 9000].randomElement(using: &random) ?? 0
            for _ in 0..<changes {
                let key = key(Int.random(in: 0..<31_000, using: &random))
                table[key] = Int.random(in: 0...4, using: &random) == 0 ? nil : random.bytes(12)
            }
            let layers = try await fixture.backUp(table, as: "n\(backup)", options).snapshot.contents[0].manifest.layers
            most = max(most, layers.count)
            let rows = layers.map(\.rowCount)
            for (long, short) in zip(rows, rows.dropFirst()) { #expect(long > 2 * short, "seed \(seed): \(rows)") }
            #expect(rows.dropFirst().reduce(0, +) * 4 <= rows[0], "seed \(seed): \(rows)")
            #expect(try await fixture.read("n\(backup)") == table, "seed \(seed), backup \(backup)")
        }
        #expect(most > 1, "seed \(seed)")
    }

    @Test("A merge reads back pages from packs in memory, on their way, and stored")
    func readBack() async throws {
        var fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: 11)
        var table: [String: [UInt8]] = [:]
        for number in 0..<24_000 { table[key(number)] = Array("value \(number)".utf8) }
        _ = try await fixture.backUp(table, as: "base")
        // 48 MB that do not compress: three packs, with pages in each.
        for number in 0..<24_000 { table[key(number)] = random.bytes(2000) }
        var options = RepositoryFixture.Options()
        options.bufferLimit = 0
        let second = try await fixture.backUp(table, as: "two", options).snapshot
        #expect(second.newPacks.count >= 3)
        #expect(second.contents[0].manifest.layers.count == 1)
        #expect(try await fixture.read("two") == table)
    }

    @Test("A key outside its section is refused, and the section goes on without it")
    func foreignKey() async throws {
        let fixture = try await RepositoryFixture()
        let written = try await fixture.repository.writeBackup(
            SnapshotName(cluster: "c", name: "n"),
            parent: nil,
            at: Date(timeIntervalSince1970: 1)
        ) { writer in
            let manifest = writer.manifest(.objects, parent: nil, extendsParent: false)
            try await manifest.section(prefix: Array("/pods/shop/".utf8)) { section in
                _ = try await section.put([1], at: Array("/pods/shop/a".utf8))
                let error = await #expect(throws: ManifestKeyError.self) {
                    _ = try await section.put([2], at: Array("/pods/other/z".utf8))
                }
                #expect(error == .outside(Array("/pods/other/z".utf8), prefix: Array("/pods/shop/".utf8)))
                #expect(error?.description.contains("/pods/other/z") == true)
                _ = try await section.put([3], at: Array("/pods/shop/b".utf8))
            }
            let finished = try await manifest.finish()
            return Repository.Draft(contents: [SnapshotContent(kind: .objects, manifest: finished)]) { _ in [] }
        }
        #expect(written.snapshot.contents[0].manifest.entryCount == 2)
    }

    @Test("Sections that overlap are refused; one that failed leaves its place free")
    func overlap() async throws {
        let fixture = try await RepositoryFixture()
        _ = try await fixture.repository.writeBackup(
            SnapshotName(cluster: "c", name: "n"),
            parent: nil,
            at: Date(timeIntervalSince1970: 1)
        ) { writer in
            let manifest = writer.manifest(.objects, parent: nil, extendsParent: false)
            func fill(_ prefix: String, fails: Bool = false) async throws {
                try await manifest.section(prefix: Array(prefix.utf8)) { section in
                    if fails { throw CancellationError() }
                    _ = try await section.put([1], at: Array("\(prefix)x".utf8))
                }
            }
            for prefix in ["/b/", "/a/", "/c/n/", "/c/m/"] { try await fill(prefix) }
            for prefix in ["/a/", "/a/b/", "/c/", "/", ""] {
                let error = await #expect(throws: ManifestKeyError.self) { try await fill(prefix) }
                #expect(error == .taken(prefix: Array(prefix.utf8)))
            }
            await #expect(throws: CancellationError.self) { try await fill("/d/", fails: true) }
            try await fill("/d/")
            try await fill("/c/nn/")
            let finished = try await manifest.finish()
            #expect(finished.entryCount == 6)
            return Repository.Draft(contents: [SnapshotContent(kind: .objects, manifest: finished)]) { _ in [] }
        }
    }
}
