import Repository

/// Data of neighbouring files, read together.
struct RestoreBatch: Sendable {
    /// Expanded, in bytes: enough for few requests, and little enough for several at once in memory.
    private static let size = 4 << 20
    private static let mostFolders = 48

    private(set) var items: [(file: RestoredFile, offset: Int, entry: ManifestEntry)] = []
    private var bytes = 0
    private var folders = 0

    var isEmpty: Bool { items.isEmpty }

    /// - Parameter file: Is held until the batch is written.
    mutating func append(_ file: RestoredFile, offset: Int, _ entry: ManifestEntry) {
        file.hold()
        if items.last?.file.folder !== file.folder { folders += 1 }
        items.append((file, offset, entry))
        bytes += Int(entry.location.length)
    }

    /// Whether it should be read before an entry is added: blocks are not torn apart without need.
    func isFull(before entry: ManifestEntry) -> Bool {
        guard let last = items.last else { return false }
        if folders >= Self.mostFolders { return true }
        return bytes + Int(entry.location.length) > Self.size && last.entry.location.block != entry.location.block
    }
}
