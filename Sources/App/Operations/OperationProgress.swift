import BackupEngine
import KubernetesModel
import RestoreEngine

/// How far an operation is, for a line on a terminal.
package enum OperationProgress: Sendable, Equatable {
    case backup(objects: Int, listsDone: Int, lists: Int, databaseBytes: Int, storedBytes: Int)
    case restore(done: Int, total: Int, resource: String?)
    /// Backups done, of so many, and bytes stored.
    case copy(done: Int, total: Int, storedBytes: Int)
    /// Files so far.
    case files(files: Int, bytes: Int)
    /// Bytes written of so many.
    case file(bytes: Int, total: Int)

    init(_ progress: BackupProgress) {
        self = .backup(
            objects: progress.objects,
            listsDone: progress.lists.done,
            lists: progress.lists.total,
            databaseBytes: progress.databaseBytes,
            storedBytes: progress.storedBytes
        )
    }

    init(_ progress: RestoreProgress) {
        self = .restore(done: progress.done, total: progress.total, resource: progress.resource?.description)
    }
}
