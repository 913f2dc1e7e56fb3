import Foundation
import ObjectStore
import Repository
import Testing

@testable import BackupEngine
@testable import Operations

@Suite("The record of a mended backup")
struct RepairedBackupTests {
    @Test("Counts are of what is left, and a lost database is no longer in the backup")
    func counts() async throws {
        let store = InMemoryObjectStore()
        let repository = try await Repository.create(in: store, key: .makeKeyFile(), at: TestUser.now)
        var sample = SampleBackup.small
        sample.database = [UInt8](repeating: 7, count: 10_000)
        try await sample.write(to: repository)
        // Objects and pages come in blocks of their own, the objects first, in one pack.
        let pack = try #require(try await store.list(prefix: "packs/").first).key
        var bytes = try await store.get(pack, limit: 1 << 20)
        bytes[12] ^= 1
        try await store.put(bytes, at: pack, if: .always)
        let report = try await repository.repairManifests(isDryRun: false, dataPercent: 100) { details in
            try RepairedBackup(details)
        }
        #expect(report.mended.count == 1)
        let name = SnapshotName(cluster: sample.cluster, name: sample.name)
        let (snapshot, details) = try await repository.snapshots.read(name)
        let backup = try BackupDetails.decode(details)
        #expect(backup.phase == .partiallyFailed)
        #expect(backup.resources.isEmpty)
        #expect(
            backup.failures.map(\.subject).sorted() == [
                "/configmaps/shop/settings", "/namespaces//shop", "apps/deployments/shop/web",
            ]
        )
        #expect(backup.etcd != nil && snapshot.content(.pagedFile) != nil)
        #expect(snapshot.content(.objects)?.manifest.entryCount == 0)
    }

    @Test("Of a damaged database nothing is left, and the objects stay")
    func database() async throws {
        let store = InMemoryObjectStore()
        let repository = try await Repository.create(in: store, key: .makeKeyFile(), at: TestUser.now)
        var sample = SampleBackup.small
        try await sample.write(to: repository)
        let old = try await store.list(prefix: "packs/").map(\.key)
        sample.name = "other"
        sample.objects = [:]
        sample.database = [UInt8](repeating: 7, count: 10_000)
        try await sample.write(to: repository)
        let pack = try #require(try await store.list(prefix: "packs/").map(\.key).first { !old.contains($0) })
        var bytes = try await store.get(pack, limit: 1 << 20)
        bytes[12] ^= 1
        try await store.put(bytes, at: pack, if: .always)
        _ = try await repository.repairManifests(isDryRun: false, dataPercent: 100) { try RepairedBackup($0) }
        let (snapshot, details) = try await repository.snapshots.read(
            SnapshotName(cluster: sample.cluster, name: "other")
        )
        let backup = try BackupDetails.decode(details)
        #expect(backup.phase == .partiallyFailed)
        #expect(backup.failures.map(\.subject) == ["the etcd database"])
        #expect(backup.etcd == nil && snapshot.contents.isEmpty)
        let whole = try await repository.snapshots.read(SnapshotName(cluster: sample.cluster, name: "nightly"))
        #expect(try BackupDetails.decode(whole.details).phase == .completed)
    }
}
