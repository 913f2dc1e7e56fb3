import KubernetesModel
package import Repository

/// The record of a backup that has lost something: each loss becomes a failure in it.
package struct RepairedBackup: RepairLedger {
    private var backup: BackupDetails
    private var counts: [GroupResource: (objects: Int, bytes: Int)] = [:]
    private var lossCount = 0
    private var hasLostObjects = false

    private static let reason = "lost through damage to the repository"
    /// So many losses are put on record one by one.
    private static let mostFailures = 10_000

    /// - Parameter details: As they are stored.
    package init(_ details: [UInt8]) throws { backup = try BackupDetails.decode(details) }

    package mutating func keep(_ entry: ManifestEntry, of kind: SnapshotContent.Kind) {
        guard kind == .objects, let key = StoredObjectKey(bytes: entry.key) else { return }
        let resource = GroupResource(group: key.group, resource: key.resource)
        counts[resource, default: (0, 0)].objects += 1
        counts[resource, default: (0, 0)].bytes += Int(entry.location.length)
    }

    package mutating func lose(_ loss: ManifestDamage, of kind: SnapshotContent.Kind) {
        // Of a database or a stream, all is lost with a part.
        guard kind == .objects || kind == .files else { return }
        if kind == .objects { hasLostObjects = true }
        lossCount += 1
        guard lossCount <= Self.mostFailures else { return }
        backup.failures.append(BackupDetails.Failure(subject: loss.text(kind: kind), reason: Self.reason))
    }

    package mutating func drop(_ kind: SnapshotContent.Kind) {
        let subject = kind == .pagedFile ? "the etcd database" : "a stream"
        backup.failures.append(BackupDetails.Failure(subject: subject, reason: Self.reason))
        if kind == .pagedFile { backup.etcd = nil }
    }

    package func details() throws -> [UInt8] {
        var backup = backup
        backup.phase = .partiallyFailed
        if lossCount > Self.mostFailures {
            backup.failures.append(
                BackupDetails.Failure(
                    subject: "\(lossCount - Self.mostFailures) more objects, files, or ranges of them",
                    reason: Self.reason
                )
            )
        }
        if hasLostObjects {
            for index in backup.resources.indices {
                let resource = backup.resources[index]
                let count = counts[GroupResource(group: resource.group, resource: resource.resource)]
                backup.resources[index].objects = count?.objects ?? 0
                backup.resources[index].bytes = count?.bytes ?? 0
            }
            backup.resources.removeAll { $0.objects == 0 }
        }
        return try backup.encoded()
    }
}
