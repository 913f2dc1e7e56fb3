import BackupEngine
import Catalog
package import Foundation
import Repository

/// A backup in one line.
package struct BackupRow: Sendable, Equatable {
    package var name: String
    package var phase: String
    package var cluster: String
    package var startedAt: Date
    package var objects: Int
    /// Before deduplication and compression.
    package var sizeInBytes: Int
    /// What the backup added to the repository.
    package var storedBytes: Int
    /// `objects`, `etcd`, `files`.
    package var holds: [String]

    init(_ summary: BackupSummary) {
        name = summary.name
        phase = summary.phase
        cluster = summary.clusterID
        startedAt = summary.startedAt
        objects = summary.objectCount
        sizeInBytes = summary.sizeInBytes
        storedBytes = summary.storedSizeInBytes
        holds = summary.kinds
    }

    init(_ details: BackupDetails) {
        name = details.name
        phase = details.phase.rawValue
        cluster = details.cluster.id
        startedAt = details.startedAt
        objects = details.objectCount
        sizeInBytes = details.sizeInBytes
        storedBytes = details.statistics.storedBytes
        holds = details.kinds
    }

    package init(_ backup: BackupDocument) {
        name = backup.name
        phase = backup.phase
        cluster = backup.cluster.id
        startedAt = backup.startedAt
        objects = backup.objects
        sizeInBytes = backup.objectBytes + (backup.etcd?.sizeInBytes ?? 0) + (backup.files?.bytes ?? 0)
        storedBytes = backup.written.storedBytes
        holds =
            (backup.spec.includesObjects ? ["objects"] : []) + (backup.etcd == nil ? [] : ["etcd"])
            + (backup.files == nil ? [] : ["files"])
    }

    static func sorted(_ rows: [BackupRow]) -> [BackupRow] {
        rows.sorted { left, right in
            if left.startedAt != right.startedAt { return left.startedAt > right.startedAt }
            return (left.cluster, left.name) < (right.cluster, right.name)
        }
    }
}

extension BackupDetails {
    /// Before deduplication and compression.
    var sizeInBytes: Int { objectBytes + (etcd?.sizeInBytes ?? 0) + (files?.bytes ?? 0) }

    /// `objects`, `etcd`, `files`: what is in it.
    var kinds: [String] {
        (spec.includesObjects ? ["objects"] : []) + (etcd == nil ? [] : ["etcd"]) + (files == nil ? [] : ["files"])
    }
}
