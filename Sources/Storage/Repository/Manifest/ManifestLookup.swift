/// Finds single rows in layers, reading no page but those that may have them.
struct ManifestLookup {
    /// The oldest first.
    private let layers: [StoredManifestLayer]

    init(layers: [StoredManifestLayer]) { self.layers = layers }

    var isEmpty: Bool { layers.isEmpty }

    /// The pages that may have the newest row of `key`: one of each layer.
    func pages(for key: ManifestKey) -> [BlockLocation] {
        layers.compactMap { stored in stored.layer.page(for: key).map { stored.layer.pages[$0].block } }
    }

    /// The newest row of `key`; `nil` when no layer has one.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged`` when a page cannot be read that may have
    ///   it.
    func row(for key: ManifestKey) async throws -> ManifestChange? {
        for stored in layers.reversed() {
            guard let page = stored.layer.page(for: key) else { continue }
            let rows = try await stored.rows(ofPage: page)
            let place = rows.indices.partitionPoint { rows[$0].key.isBefore(key) }
            if place < rows.count, rows[place].key == key { return rows[place] }
        }
        return nil
    }
}

extension ManifestLayer {
    /// The only page that can hold `key`: the last that begins at or before it; `nil` when all begin behind it.
    func page(for key: ManifestKey) -> Int? {
        let next = pages.indices.partitionPoint { !key.isBefore(pages[$0].firstKey) }
        return next > 0 ? next - 1 : nil
    }
}
