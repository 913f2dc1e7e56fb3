/// Walks over the entries under one prefix, and tells on the way what of the manifest is lost.
struct ManifestWalk {
    enum Step {
        case entry(ManifestEntry)
        case damage(ManifestDamage, RepositoryError)
    }

    private var cursor: ManifestCursor
    private let keys: ManifestKeyRange
    private var waiting: [Step] = []

    /// - Parameter cursor: Passes over damage.
    init(_ cursor: ManifestCursor, prefix: ManifestKey) async throws {
        self.cursor = cursor
        keys = ManifestKeyRange(prefix: prefix)
        try await self.cursor.seek(to: prefix)
        takeLostPages()
    }

    /// The next step; `nil` behind the last one.
    ///
    /// - Parameter isSelected: Entries whose keys it does not take are left out, lost pages are not.
    mutating func next(where isSelected: (ManifestKey) -> Bool) async throws -> Step? {
        while true {
            if !waiting.isEmpty { return waiting.removeFirst() }
            guard let entry = cursor.current, keys.contains(entry.key) else { return nil }
            let doubt = cursor.doubt
            try await cursor.advance()
            takeLostPages()
            guard isSelected(entry.key) else { continue }
            // Pages that the cursor passed over on its way on come after the entry.
            return doubt.map { .damage(.doubtful(entry), $0) } ?? .entry(entry)
        }
    }

    private mutating func takeLostPages() {
        for page in cursor.takeLostPages() where page.keys.overlaps(keys) {
            waiting.append(.damage(.page(page.keys, rowCount: page.rowCount), page.error))
        }
    }
}
