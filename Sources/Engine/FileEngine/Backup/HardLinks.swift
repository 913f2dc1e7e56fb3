/// Files with several names: which comes first in the backup.
struct HardLinks {
    private struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private var first: [Identity: (path: StoredPath, left: Int)] = [:]

    /// The path that has the data of a file; `nil` when it is this one.
    mutating func firstPath(of node: WalkedNode) -> StoredPath? {
        guard node.kind == .file, node.status.names > 1 else { return nil }
        let identity = Identity(device: node.status.device, inode: node.status.inode)
        guard let known = first[identity] else {
            first[identity] = (node.path, node.status.names - 1)
            return nil
        }
        // Once all names were seen, nobody will ask again.
        first[identity] = known.left > 1 ? (known.path, known.left - 1) : nil
        return known.path
    }
}
