/// Walks over a manifest in the order of its keys: its layers merged, the newest row of each key counts.
package struct ManifestCursor {
    /// The newest layer first.
    private var layers: [ManifestLayerCursor]
    private let showsRemovals: Bool
    private var row: ManifestChange?

    /// - Parameters:
    ///   - layers: The oldest first.
    ///   - showsRemovals: Whether keys whose newest row is a removal are shown: when layers are merged that do not
    ///     include the base.
    init(layers: [any ManifestLayerPages], showsRemovals: Bool = false) {
        self.layers = layers.reversed().map { ManifestLayerCursor($0) }
        self.showsRemovals = showsRemovals
    }

    var currentRow: ManifestChange? { row }

    /// The entry under the cursor; `nil` behind the last one.
    ///
    /// Valid after ``seek(to:)``.
    package var current: ManifestEntry? {
        if case .present(let entry) = row { entry } else { nil }
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
            for layer in layers {
                guard let candidate = layer.current else { continue }
                if let best = smallest, !candidate.key.isBefore(best.key) { continue }
                smallest = candidate
            }
            row = smallest
            guard case .removed(let key) = smallest, !showsRemovals else { return }
            try await skip(key)
        }
    }
}
