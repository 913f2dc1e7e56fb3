import Synchronization
import SystemPackage

/// A folder that is being restored: its attributes are set when nothing changes in it any more.
///
/// Who still puts something into it holds it; the last who lets go of it finishes it.
final class RestoredFolder: Sendable {
    let path: StoredPath
    let folder: Folder
    private let parent: RestoredFolder?
    /// `nil` for the folder that is restored into, and for one whose node is lost.
    private let node: FileNode?
    private let attributes: AttributeSetter
    private let holders = Atomic(1)

    /// - Parameter parent: Is held from now on.
    init(
        _ path: StoredPath,
        _ folder: Folder,
        in parent: RestoredFolder?,
        _ node: FileNode?,
        _ attributes: AttributeSetter
    ) {
        self.path = path
        self.folder = folder
        self.parent = parent
        self.node = node
        self.attributes = attributes
        parent?.hold()
    }

    func hold() { holders.add(1, ordering: .relaxed) }

    /// Lets go; blocks when it was the last to do so.
    func release() {
        guard holders.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        if let node { attributes.set(node, of: path, .descriptor(folder.descriptor)) }
        parent?.release()
    }
}
