import BackupEngine
import Catalog
import Foundation
import ObjectStore
import Repository

extension BackupRecord {
    /// What the catalog keeps of a backup.
    ///
    /// - Parameters:
    ///   - details: What its snapshot holds.
    ///   - bytes: The same, as it is stored.
    init(_ details: BackupDetails, bytes: [UInt8], listed: SnapshotStore.Listed, repository: Repository) {
        self.init(
            summary: BackupSummary(
                repositoryID: repository.id.description,
                clusterID: details.cluster.id,
                name: details.name,
                objectKey: listed.stat.key.rawValue,
                versionTag: listed.stat.version.rawValue,
                phase: details.phase.rawValue,
                kinds: details.kinds,
                startedAt: details.startedAt,
                finishedAt: details.finishedAt,
                sizeInBytes: details.sizeInBytes,
                storedSizeInBytes: details.statistics.storedBytes,
                objectCount: details.objectCount,
                failureCount: details.failures.count
            ),
            resources: details.resources.map { count in
                ResourceCount(
                    group: count.group,
                    resource: count.resource,
                    objectCount: count.objects,
                    sizeInBytes: count.bytes
                )
            },
            detail: bytes
        )
    }
}

extension ListedObject {
    init(_ listed: SnapshotStore.Listed) {
        self.init(key: listed.stat.key.rawValue, versionTag: listed.stat.version.rawValue)
    }
}
