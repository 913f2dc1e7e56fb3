/// The files of a manifest that lack a part: a file with holes is none.
struct LostFiles {
    /// The keys of their nodes.
    private var nodes: Set<ManifestKey> = []
    private var lastNode: ManifestKey?
    private var lastKeptNode: ManifestKey?

    /// Takes note of an entry that is there.
    mutating func pass(_ entry: ManifestEntry) { lastNode = entry.key.fileNodeKey }

    /// Takes note of something that is lost.
    mutating func add(_ loss: ManifestDamage) {
        switch loss {
        case .record(let entry), .doubtful(let entry): nodes.insert(entry.key.fileNodeKey)
        case .page(let range, _):
            // The page may have had data of the file before it.
            if let lastNode, ManifestKeyRange(prefix: lastNode).overlaps(range) { nodes.insert(lastNode) }
        }
    }

    /// Whether an entry stays, once everything that is lost is known; asked of all entries in order.
    mutating func keeps(_ entry: ManifestEntry) -> Bool {
        let node = entry.key.fileNodeKey
        if nodes.contains(node) { return false }
        if entry.key == node { lastKeptNode = node }
        // Data without its node was behind a lost page.
        return lastKeptNode == node
    }
}

extension ManifestKey {
    /// The key of the node that a key of a manifest of files belongs to: up to the first two zero bytes, those included.
    var fileNodeKey: ManifestKey { Array(self[..<fileNodeEnd]) }

    /// A key of a manifest of files for people: the path.
    var filePath: String {
        let path = fileNodeKey.dropLast(2)
        return "/" + String(decoding: path.map { $0 == 0 ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
    }

    private var fileNodeEnd: Int {
        for position in indices.dropFirst() where self[position] == 0 && self[position - 1] == 0 { return position + 1 }
        return count
    }
}
