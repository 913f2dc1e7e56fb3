/// Files with several names: which comes first in the backup.
struct HardLinks {
    private struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// How many files are remembered at once; what comes beyond is stored under each name by itself.
    let capacity: Int
    /// Whether there were more.
    private(set) var isOverfull = false
    private var known: [Identity: (file: LinkedFile, left: Int)] = [:]

    init(capacity: Int = 1 << 18) { self.capacity = capacity }

    /// The file that a name is one of; `nil` when it has no other, or is taken for one of its own.
    mutating func file(of node: WalkedNode) -> LinkedFile? {
        guard node.kind == .file, node.status.names > 1 else { return nil }
        let identity = Identity(device: node.status.device, inode: node.status.inode)
        guard let (file, left) = known[identity] else {
            guard known.count < capacity else {
                isOverfull = true
                return nil
            }
            let file = LinkedFile(firstPath: node.path)
            known[identity] = (file, node.status.names - 1)
            return file
        }
        // Once all names were seen, nobody will ask again.
        known[identity] = left > 1 ? (file, left - 1) : nil
        return file
    }
}
