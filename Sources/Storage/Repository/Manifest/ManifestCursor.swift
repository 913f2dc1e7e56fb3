/// Walks over a manifest in the order of its keys: its layers merged, the newest row of each key counts.
package struct ManifestCursor {
    /// The newest layer first.
    private var layers: [ManifestLayerCursor]
    private let showsRemovals: Bool
    private var row: ManifestChange?
    /// Why the row under the cursor may not be the newest of its key: the page of a newer layer is lost.
    private(set) var doubt: RepositoryError?

    /// - Parameters:
    ///   - layers: The oldest first.
    ///   - showsRemovals: Whether keys whose newest row is a removal are shown: when layers are merged that do not
    ///     include the base.
    ///   - passesDamage: Whether damaged pages are passed over, and told by ``takeLostPages()``; otherwise they are thrown.
    init(layers: [any ManifestLayerPages], showsRemovals: Bool = false, passesDamage: Bool = false) {
        self.layers = layers.reversed().map { ManifestLayerCursor($0, passesDamage: passesDamage) }
        self.showsRemovals = showsRemovals
    }

    var currentRow: ManifestChange? { row }

    /// The entry under the cursor; `nil` behind the last one.
    ///
    /// Valid after ``seek(to:)``.
    package var current: ManifestEntry? {
        if case .present(let entry) = row { entry } else { nil }
    }

    /// The pages passed over since the last ``seek(to:)`` that were not taken yet, in the order of their keys.
    mutating func takeLostPages() -> [LostManifestPage] {
        var pages: [LostManifestPage] = []
        for index in layers.indices { pages += layers[index].takeLostPages() }
        return pages.count < 2 ? pages : pages.sorted { $0.keys.start.isBefore($1.keys.start) }
    }

    /// Moves to the first entry at or after `key`, forwards or backwards.
    package mutating func seek(to key: ManifestKey) async throws {
        for index in layers.indices { try await layers[index].seek(to: key) }
        try await settle()
    }

    package mutating func advance() async throws {
        guard let key = row?.key else { return }
        try await skip(key)
        try await settle()
    }

    private mutating func skip(_ key: ManifestKey) async throws {
        for index in layers.indices {
            if let row = layers[index].current, row.key == key { try await layers[index].advance() }
        }
    }

    /// Finds the smallest key of all layers, and its newest row.
    private mutating func settle() async throws {
        while true {
            var smallest: ManifestChange?
            var newest = 0
            for (index, layer) in layers.enumerated() {
                guard let candidate = layer.current else { continue }
                if let best = smallest, !candidate.key.isBefore(best.key) { continue }
                smallest = candidate
                newest = index
            }
            row = smallest
            doubt = smallest.flatMap { row in
                layers[..<newest].lazy.compactMap { $0.lostPage(for: row.key)?.error }.first
            }
            guard case .removed(let key) = smallest, !showsRemovals else { return }
            try await skip(key)
        }
    }
}
