import Foundation

@testable import Catalog

/// Gives `body` the path of a catalog that does not exist yet, in a folder of its own.
func withCatalogPath(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "kbackup-catalog-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appending(path: "kbackup/catalog.sqlite").path)
}

/// Gives `body` an empty catalog.
func withCatalog(_ body: (Catalog) async throws -> Void) async throws {
    try await withCatalogPath { path in
        let catalog = try Catalog.open(path: path)
        try await body(catalog)
        try catalog.close()
    }
}

/// A time in whole milliseconds, as the catalog keeps it.
func time(_ seconds: Double) -> Date {
    Date(timeIntervalSince1970: 1_700_000_000 + seconds)
}

func backupRecord(
    _ name: String,
    repository: String = "repo",
    cluster: String = "prod",
    versionTag: String = "v1",
    startedAt: Double = 0
) -> BackupRecord {
    BackupRecord(
        summary: BackupSummary(
            repositoryID: repository,
            clusterID: cluster,
            name: name,
            objectKey: "snapshots/\(cluster)/\(name)",
            versionTag: versionTag,
            phase: "Completed",
            kinds: ["objects", "etcd"],
            startedAt: time(startedAt),
            finishedAt: time(startedAt + 12.345),
            expiresAt: time(startedAt + 86_400),
            sizeInBytes: 1 << 40,
            storedSizeInBytes: 12_345,
            objectCount: 17,
            failureCount: 1
        ),
        resources: [
            ResourceCount(group: "", resource: "configmaps", objectCount: 9, sizeInBytes: 9000),
            ResourceCount(group: "apps", resource: "deployments", objectCount: 8, sizeInBytes: 800, failureCount: 1),
        ],
        detail: Array("{\"spec\":{}}".utf8)
    )
}

func restoreRecord(_ name: String, repository: String = "repo", startedAt: Double = 0) -> RestoreRecord {
    RestoreRecord(
        summary: RestoreSummary(
            repositoryID: repository,
            name: name,
            objectKey: "restores/\(name)",
            versionTag: "v1",
            backupClusterID: "prod",
            backupName: "nightly",
            target: "staging",
            phase: "PartiallyFailed",
            startedAt: time(startedAt),
            createdCount: 1,
            updatedCount: 2,
            skippedCount: 3,
            failureCount: 4
        ),
        resources: [RestoreResourceCount(group: "", resource: "pods", createdCount: 1, failureCount: 4)],
        detail: [0, 1, 255]
    )
}
