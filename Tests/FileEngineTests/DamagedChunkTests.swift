import Foundation
import ObjectStore
import Repository
import Testing

@testable import FileEngine

@Suite("Files whose data was damaged in the store")
struct DamagedChunkTests {
    private struct Ledger: RepairLedger {
        mutating func keep(_ entry: ManifestEntry, of kind: SnapshotContent.Kind) {}
        mutating func lose(_ loss: ManifestDamage, of kind: SnapshotContent.Kind) {}
        mutating func drop(_ kind: SnapshotContent.Kind) {}
        func details() throws -> [UInt8] { [] }
    }

    @Test("The backup after a repair stores them anew, and is restored whole", arguments: [true, false])
    func storedAnew(buildsOnMended: Bool) async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; echo small > small; head -c 3000000 /dev/urandom > large")
            let first = try await fixture.backUp("first")
            let pack = try #require(try await fixture.packs().first)
            // The middle of the only pack lies in the large file.
            var bytes = try await fixture.store.get(pack.key, limit: 1 << 30)
            bytes[bytes.count / 2] ^= 1
            try await fixture.store.put(bytes, at: pack.key, if: .always)
            #expect(try await fixture.repository.check(dataPercent: 100).harmed.map(\.name.name) == ["first"])
            let report = try await fixture.repository.repairManifests(isDryRun: false, dataPercent: 100) { _ in Ledger()
            }
            #expect(report.mended.map(\.name) == ["first"])
            if buildsOnMended {
                let mended = try await fixture.repository.snapshots.read(report.mended[0]).snapshot
                fixture.build(on: try #require(mended.content(.files)?.manifest), named: "first")
            } else {
                fixture.forgetParent()
            }
            let second = try await fixture.backUp("second")
            #expect(second.statistics.newRecordBytes >= 3_000_000)
            #expect(second.manifest.entryCount == first.manifest.entryCount)
            let restore = try await fixture.restore(second.manifest)
            #expect(restore.ledger.failures.count == 0)
            #expect(try fixture.run("diff -r source '\(fixture.restored)'") == "")
        }
    }
}
