extension ManifestWriter {
    /// The layers of the manifest: the parent's, with the new pages added as one more or merged into the last ones.
    func layers(with pages: [EncodedManifestPage]) async throws -> [ManifestLayer] {
        guard extendsParent, let parent else { return [try await store(pages)].filter { !$0.pages.isEmpty } }
        if pages.isEmpty { return parent.layers }
        let kept = Self.keptLayers(of: parent.layers.map(\.rowCount), adding: pages.reduce(0) { $0 + $1.rowCount })
        if kept == parent.layers.count { return parent.layers + [try await store(pages)] }
        let cursor = ManifestCursor(
            layers: parentLayers(parent.layers[kept...]) + [NewManifestLayer(pages: pages, pipeline: pipeline)],
            showsRemovals: kept > 0
        )
        let merged = try await merge(cursor)
        return parent.layers[..<kept] + [merged].filter { !$0.pages.isEmpty }
    }

    /// How many of the parent's layers stay as they are when a layer of `newRows` rows is added; the others are merged
    /// with it.
    ///
    /// Each layer stays more than twice as long as the next, so there are few; once the layers over the base hold more
    /// than a quarter of its rows, all become a new base.
    static func keptLayers(of rowCounts: [Int], adding newRows: Int) -> Int {
        var kept = rowCounts.count
        var merged = newRows
        while kept > 1, rowCounts[kept - 1] <= 2 * merged {
            merged += rowCounts[kept - 1]
            kept -= 1
        }
        let overBase = rowCounts[1..<kept].reduce(merged, +)
        return overBase * 4 > rowCounts[0] ? 0 : kept
    }

    /// Writes a merged layer: a page of each source is in memory at a time.
    private func merge(_ source: ManifestCursor) async throws -> ManifestLayer {
        var cursor = source
        var pages: [EncodedManifestPage] = []
        var rows: [ManifestChange] = []
        try await cursor.seek(to: [])
        while let row = cursor.currentRow {
            rows.append(row)
            if rows.count == FormatLimits.pageRows {
                pages.append(try await encodePage(rows, mayBuffer: false))
                rows = []
            }
            try await cursor.advance()
        }
        if !rows.isEmpty { pages.append(try await encodePage(rows, mayBuffer: false)) }
        return try await store(pages)
    }

    private func store(_ pages: [EncodedManifestPage]) async throws -> ManifestLayer {
        var submitted: [(page: EncodedManifestPage, block: PendingBlock)] = []
        for page in pages {
            switch page.content {
            case .buffered(let bytes): submitted.append((page, try await submit(bytes)))
            case .submitted(let block): submitted.append((page, block))
            }
        }
        var locations: [ManifestPageLocation] = []
        for (page, block) in submitted {
            locations.append(
                ManifestPageLocation(
                    firstKey: page.firstKey,
                    rowCount: page.rowCount,
                    block: try await block.location()
                )
            )
        }
        return ManifestLayer(pages: locations)
    }
}
