import Concurrency
import Repository

/// Some neighbouring nodes of a backup, on their way from the walk to the manifest.
///
/// Units are worked on side by side, and taken into the manifest in order.
final class ReadUnit: Sendable {
    enum Step: Sendable {
        /// Unchanged since the backup before.
        case carry(StoredPath, FileNode.Kind, size: Int)
        case read(WalkedNode, firstPath: StoredPath?)
    }

    enum Outcome: Sendable {
        case carry(StoredPath, FileNode.Kind, size: Int)
        case node(PreparedRecord, FileNode.Kind, size: Int)
        case data(PreparedRecord)
        case mark(PreparedRecord)
    }

    /// A large file is a unit of its own.
    let steps: [Step]
    let output = BoundedChannel<[Outcome]>(capacity: 1)

    init(_ steps: [Step]) { self.steps = steps }
}
