import Catalog
import Foundation
import ObjectStore
import Repository
import RestoreEngine

extension RestoreRecord {
    /// What the catalog keeps of a restore.
    init(_ report: RestoreReport, bytes: [UInt8], listed: ReportStore.Listed, repository: Repository) {
        let counts = report.resources.map { count in
            RestoreResourceCount(
                group: count.group,
                resource: count.resource,
                createdCount: count.created,
                updatedCount: count.updated,
                skippedCount: count.skipped + count.unchanged,
                failureCount: count.failed + count.conflicts
            )
        }
        self.init(
            summary: RestoreSummary(
                repositoryID: repository.id.description,
                name: report.name,
                objectKey: listed.key.rawValue,
                versionTag: listed.version.rawValue,
                backupClusterID: report.backupCluster,
                backupName: report.backup,
                target: report.targetCluster,
                phase: report.phase.rawValue,
                startedAt: report.startedAt,
                finishedAt: report.finishedAt,
                createdCount: counts.reduce(0) { $0 + $1.createdCount },
                updatedCount: counts.reduce(0) { $0 + $1.updatedCount },
                skippedCount: counts.reduce(0) { $0 + $1.skippedCount },
                failureCount: counts.reduce(0) { $0 + $1.failureCount }
            ),
            resources: counts,
            detail: bytes
        )
    }
}

extension ListedObject {
    init(_ listed: ReportStore.Listed) {
        self.init(key: listed.key.rawValue, versionTag: listed.version.rawValue)
    }
}
