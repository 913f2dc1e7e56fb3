import Glibc
import Synchronization
import SystemPackage

/// Walks through trees of files, depth first, each folder before what is in it, in the order of bytes: the order of the
/// manifest's keys.
///
/// Calls that block are made by ``next(limit:)`` only.
final class FileWalk: Sendable {
    /// A folder on the way from the root to where the walk is.
    private struct Frame: Sendable {
        let path: StoredPath
        /// `nil` where it was closed because the walk is deep below it.
        var folder: Folder?
        let device: UInt64
        let inode: UInt64
        var names: NameList
        var next = 0
        /// Where the paths part that are to be backed up; `nil` below them.
        let tree: RootTree?
        /// The path that is backed up and that this lies in.
        let root: Root
    }

    /// A path that is backed up.
    private struct Root: Sendable {
        /// Its components.
        let depth: Int
        let device: UInt64
    }

    private static let mostOpenFrames = 128
    /// A batch holds no more folders open.
    private static let mostFolders = 32

    private let source: FileSource
    private let ledger: FileLedger
    private let namesIn: @Sendable (Folder) throws(Errno) -> NameList
    private let frames: Mutex<[Frame]>

    /// - Parameter namesIn: Tells the names in a folder.
    /// - Throws: `Errno` when `/` cannot be opened.
    init(
        _ source: FileSource,
        ledger: FileLedger,
        namesIn: @escaping @Sendable (Folder) throws(Errno) -> NameList = { folder throws(Errno) in try folder.names() }
    ) throws(Errno) {
        self.source = source
        self.ledger = ledger
        self.namesIn = namesIn
        let tree = RootTree(source.paths)
        let folder = tree.isSelected ? try Folder(opening: "/") : try Folder(passing: "/")
        let status = try folder.status()
        let frame = Frame(
            path: .root,
            folder: folder,
            device: status.device,
            inode: status.inode,
            names: tree.isSelected
                ? try Self.names(in: folder, at: .root, ledger, namesIn) : NameList(Array(tree.children.keys)),
            tree: tree.isSelected ? nil : tree,
            root: Root(depth: 0, device: status.device)
        )
        frames = Mutex([frame])
    }

    /// The next nodes: none at the end.
    func next(limit: Int) -> [WalkedNode] {
        frames.withLock { frames in
            var found: [WalkedNode] = []
            var folders = 0
            while found.count < limit, folders < Self.mostFolders, let frame = frames.last {
                guard frame.next < frame.names.count else {
                    leave(&frames)
                    folders += 1
                    continue
                }
                frames[frames.count - 1].next += 1
                guard let folder = frame.folder, let node = visit(frame.names[frame.next], in: folder, &frames) else {
                    continue
                }
                found.append(node)
                if node.kind == .folder { folders += 1 }
            }
            return found
        }
    }

    /// Goes back to the folder above, and opens it again if it was closed.
    private func leave(_ frames: inout [Frame]) {
        let left = frames.removeLast()
        guard let above = frames.last, above.folder == nil, above.next < above.names.count else { return }
        if let folder = try? left.folder?.openParent(), let status = try? folder.status(),
            status.device == above.device, status.inode == above.inode
        {
            frames[frames.count - 1].folder = folder
        } else {
            ledger.fail(above.path, "it was moved while it was read, so that a part of it is missing")
            frames[frames.count - 1].next = above.names.count
        }
    }

    private func visit(_ name: FileName, in folder: Folder, _ frames: inout [Frame]) -> WalkedNode? {
        guard let frame = frames.last else { return nil }
        let path = frame.path.appending(name)
        guard path.bytes.count <= StoredPath.longest else {
            ledger.fail(path, "its path is longer than \(StoredPath.longest) bytes")
            return nil
        }
        let tree = frame.tree?.children[name]
        do throws(Errno) {
            if let tree, !tree.isSelected {
                // The user named what is below it, by this path.
                let opened = try folder.passFolder(name)
                return try enter(opened, path, name, in: folder, tree, root: frame.root, &frames)
            }
            let status = try folder.status(of: name)
            let root = tree == nil ? frame.root : Root(depth: path.components.count, device: status.device)
            if !source.excludes.isEmpty, tree == nil {
                let relative = path.components[root.depth...]
                if let pattern = source.excludes.pattern(excluding: relative, isFolder: status.kind == .folder) {
                    ledger.exclude(path, rule: "--exclude \(pattern)")
                    return nil
                }
            }
            guard let kind = status.kind else {
                ledger.exclude(path, rule: "sockets, which only the program that made them can use")
                return nil
            }
            guard kind == .folder else {
                return WalkedNode(path: path, folder: folder, name: name, kind: kind, status: status)
            }
            if source.staysOnFileSystem, status.device != root.device {
                ledger.exclude(path, rule: "--one-file-system")
                return WalkedNode(path: path, folder: folder, name: name, kind: kind, status: status)
            }
            do throws(Errno) {
                let opened = try folder.openFolder(name)
                return try enter(opened, path, name, in: folder, nil, root: root, &frames)
            } catch {
                ledger.fail(path, "what is in it cannot be read: \(error)")
                return WalkedNode(path: path, folder: folder, name: name, kind: kind, status: status)
            }
        } catch {
            ledger.fail(path, error == .noSuchFileOrDirectory ? "it vanished while the backup was made" : "\(error)")
            return nil
        }
    }

    /// The names in a folder; those that cannot be backed up are in the ledger.
    private static func names(
        in folder: Folder,
        at path: StoredPath,
        _ ledger: FileLedger,
        _ namesIn: (Folder) throws(Errno) -> NameList
    ) throws(Errno) -> NameList {
        let names = try namesIn(folder)
        for name in names.refused {
            ledger.fail(
                path.appending(name),
                name.bytes.count > 255 ? "its name is longer than 255 bytes" : "its name is none that a file can have"
            )
        }
        return names
    }

    /// Goes into a folder that was opened.
    private func enter(
        _ opened: Folder,
        _ path: StoredPath,
        _ name: FileName,
        in folder: Folder,
        _ tree: RootTree?,
        root: Root,
        _ frames: inout [Frame]
    ) throws(Errno) -> WalkedNode {
        let status = try opened.status()
        var node = WalkedNode(path: path, folder: folder, name: name, kind: .folder, status: status)
        node.attributes = opened.holder.attributes { ledger.fail(path, $0) }
        let names =
            if let tree { NameList(Array(tree.children.keys)) } else {
                try Self.names(in: opened, at: path, ledger, namesIn)
            }
        frames.append(
            Frame(
                path: path,
                folder: opened,
                device: status.device,
                inode: status.inode,
                names: names,
                tree: tree,
                root: root
            )
        )
        if frames.count > Self.mostOpenFrames { frames[frames.count - 1 - Self.mostOpenFrames].folder = nil }
        return node
    }
}
