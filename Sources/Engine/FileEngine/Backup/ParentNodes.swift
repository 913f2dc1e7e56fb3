import Concurrency
import Repository

/// A node of the backup before, for comparison.
struct ParentNode: Sendable {
    let path: StoredPath
    let node: FileNode
    /// Whether its data is all there, of one moment, and in packs that can be relied on.
    var isWhole: Bool
}

/// Reads the nodes of the backup before, ahead of the walk that they are compared with.
struct ParentNodes: Sendable {
    static let batchSize = 256

    let reader: ManifestReader
    let manifest: ManifestWriter
    /// Packs that are known to be damaged.
    let distrusted: Set<PackID>

    /// - Throws: `DamagedParentError` when a node cannot be read: nothing may refer to it.
    @concurrent
    func send(to channel: BoundedChannel<[ParentNode]>) async throws {
        var batch: [ParentNode] = []
        var open: ParentNode?
        try await reader.forEachEntry(
            reading: { FileKey.isNode($0) },
            onDamage: { damage, error in
                guard case .record(let entry) = damage else {
                    // A page of the manifest: the writer comes upon it, too, and tells.
                    return
                }
                let pack = entry.location.block.pack
                guard distrusted.contains(pack) else {
                    throw DamagedParentError(manifest: nil, pack: pack, cause: error)
                }
            },
            { entry, record in
                switch FileKey(entry.key) {
                case .node(let path):
                    if let node = open { batch.append(node) }
                    open = nil
                    if batch.count >= Self.batchSize {
                        try await channel.send(batch)
                        batch = []
                    }
                    // A node that cannot be understood is as good as none: what it is of is read again.
                    if let record, let node = try? FileNode.decode(record, path: path),
                        try await manifest.isStored(entry)
                    {
                        open = ParentNode(path: path, node: node, isWhole: true)
                    }
                case .data(let path, _):
                    guard open?.path == path else { return }
                    if try await !manifest.isStored(entry) { open?.isWhole = false }
                case .mark(let path):
                    if open?.path == path { open?.isWhole = false }
                case nil: break
                }
            }
        )
        if let open { batch.append(open) }
        try await channel.send(batch)
        channel.finish()
    }
}

/// Takes nodes of the backup before in order.
struct ParentNodeCursor {
    private let channel: BoundedChannel<[ParentNode]>?
    private var batch: ArraySlice<ParentNode> = []
    private var isAtEnd = false

    /// - Parameter channel: `nil` where there is no backup before.
    init(_ channel: BoundedChannel<[ParentNode]>?) {
        self.channel = channel
        isAtEnd = channel == nil
    }

    /// The node under `path`, which must come after the one asked for before.
    mutating func node(at path: StoredPath) async throws -> ParentNode? {
        let key = path.nodeKey
        while !isAtEnd {
            while let first = batch.first {
                let candidate = first.path.nodeKey
                if key.isBefore(candidate) { return nil }
                batch.removeFirst()
                if candidate == key { return first }
            }
            let next = try await channel?.receive()
            batch = next.map { $0[...] } ?? []
            isAtEnd = next == nil
        }
        return nil
    }
}
