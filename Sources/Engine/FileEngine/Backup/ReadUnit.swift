import Concurrency
import Repository

/// Some neighbouring nodes of a backup, on their way from the walk to the manifest.
///
/// Units are worked on side by side, and taken into the manifest in order.
final class ReadUnit: Sendable {
    enum Step: Sendable {
        /// Unchanged since the backup before.
        case carry(StoredPath, FileNode.Kind, size: Int)
        /// - Parameter LinkedFile: Of the first of several names.
        case read(WalkedNode, LinkedFile?)
        /// A further name of a file.
        case link(FurtherName)
    }

    /// A name of a file that has been found under another one.
    struct FurtherName: Sendable {
        let found: WalkedNode
        let file: LinkedFile
        /// Whether the backup before has it, as a name of the same first one.
        let isUnchanged: Bool
    }

    enum Outcome: Sendable {
        case carry(StoredPath, FileNode.Kind, size: Int)
        case node(PreparedRecord, FileNode.Kind, size: Int)
        case data(PreparedRecord)
        case mark(PreparedRecord)
        /// Decided on in order, when it is known whether the file is in the backup.
        case link(FurtherName)
    }

    /// A large file is a unit of its own.
    let steps: [Step]
    let output = BoundedChannel<[Outcome]>(capacity: 1)

    init(_ steps: [Step]) { self.steps = steps }
}
