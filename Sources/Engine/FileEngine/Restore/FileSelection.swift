import Repository

/// Which paths of a backup are restored.
package struct FileSelection: Sendable {
    private let included: [StoredPath]

    /// - Parameter included: These and what is in them; empty is everything.
    package init(_ included: [StoredPath]) { self.included = included }

    func contains(_ path: StoredPath) -> Bool { included.isEmpty || included.contains { path.isWithin($0) } }

    /// Whether the folder at `path` has something selected in it.
    func reaches(below path: StoredPath) -> Bool { included.contains { $0.isWithin(path) } }

    /// Whether a key is read: of what is selected everything, of the folders above it the node.
    func selects(_ key: ManifestKey) -> Bool {
        if included.isEmpty { return true }
        switch FileKey(key) {
        case .node(let path): return contains(path) || reaches(below: path)
        case .data(let path, _), .mark(let path): return contains(path)
        case nil: return false
        }
    }

    /// The paths that nothing of `seen` belongs to.
    package func missing(from seen: Set<StoredPath>) -> [StoredPath] { included.filter { !seen.contains($0) } }

    /// The paths that were asked for.
    package var paths: [StoredPath] { included }
}
