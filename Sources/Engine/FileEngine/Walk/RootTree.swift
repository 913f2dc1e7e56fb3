/// The paths that are backed up, as a tree: their common folders are walked once, in order.
struct RootTree: Sendable {
    /// Whether everything below is backed up.
    private(set) var isSelected = false
    private(set) var children: [FileName: RootTree] = [:]

    init(_ paths: [StoredPath]) {
        for path in paths { insert(path.components[...]) }
    }

    private init() {}

    private mutating func insert(_ components: ArraySlice<ArraySlice<UInt8>>) {
        // What lies in a selected folder is selected already.
        if isSelected { return }
        guard let first = components.first else {
            isSelected = true
            children = [:]
            return
        }
        children[FileName(first), default: RootTree()].insert(components.dropFirst())
    }
}
