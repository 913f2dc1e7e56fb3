import Synchronization
import SystemPackage

/// The folders from the one that is restored into down to where the restore is.
///
/// Its calls block.
final class RestoreTree: Sendable {
    private let stack: Mutex<[RestoredFolder]>
    private let replaces: Bool
    private let attributes: AttributeSetter

    /// - Parameters:
    ///   - root: Is restored into.
    ///   - replaces: Whether what stands in the way of a folder is replaced.
    init(_ root: Folder, replaces: Bool, _ attributes: AttributeSetter) {
        stack = Mutex([RestoredFolder(.root, root, in: nil, nil, attributes)])
        self.replaces = replaces
        self.attributes = attributes
    }

    /// The folder at `path`, made with those above it where the backup does not tell of them.
    ///
    /// - Throws: `Errno` when one cannot be made, or is not a folder, or has a name that leads elsewhere.
    func folder(at path: StoredPath) throws(Errno) -> RestoredFolder {
        try stack.withLock { stack throws(Errno) in try descend(to: path, &stack) }
    }

    /// Makes the folder of a node, and goes into it.
    func enter(_ path: StoredPath, _ node: FileNode) throws(Errno) {
        guard let (above, name) = path.split else { return }
        try stack.withLock { stack throws(Errno) in
            _ = try descend(to: above, &stack)
            try enter(name, node, &stack)
        }
    }

    /// Leaves all folders.
    func finish() {
        stack.withLock { stack in
            while let last = stack.popLast() { last.release() }
        }
    }

    private func descend(to path: StoredPath, _ stack: inout [RestoredFolder]) throws(Errno) -> RestoredFolder {
        while let last = stack.last, !path.isWithin(last.path) { stack.removeLast().release() }
        let depth = stack.last?.path.components.count ?? 0
        for component in path.components.dropFirst(depth) { try enter(FileName(component), nil, &stack) }
        guard let folder = stack.last else { preconditionFailure("every path lies in the root") }
        return folder
    }

    private func enter(_ name: FileName, _ node: FileNode?, _ stack: inout [RestoredFolder]) throws(Errno) {
        guard name.isPlain else { throw .invalidArgument }
        guard let parent = stack.last else { preconditionFailure("the root is never left") }
        let opened = try open(name, in: parent.folder)
        stack.append(RestoredFolder(parent.path.appending(name), opened, in: parent, node, attributes))
    }

    private func open(_ name: FileName, in folder: Folder) throws(Errno) -> Folder {
        do throws(Errno) {
            try folder.makeFolder(name)
        } catch .fileExists {
            // There already: made for what is in it, or, where that is allowed, from before.
            do throws(Errno) {
                return try folder.openFolder(name)
            } catch {
                guard replaces, error == .notDirectory || error == .tooManySymbolicLinkLevels else { throw error }
                try folder.removeFile(name)
                try folder.makeFolder(name)
            }
        }
        return try folder.openFolder(name)
    }
}
