/// A manifest of one layer in the making, whose records are all stored.
struct MendedManifest {
    private let pipeline: PackPipeline
    private let keys: RepositoryKeys
    private var manifest = Manifest()
    private var rows: [ManifestChange] = []
    private var pages: [(first: ManifestKey, rowCount: Int, block: PendingBlock)] = []

    init(pipeline: PackPipeline, keys: RepositoryKeys) {
        self.pipeline = pipeline
        self.keys = keys
    }

    /// Adds an entry; keys must grow.
    mutating func append(_ entry: ManifestEntry) async throws {
        manifest.entryCount += 1
        manifest.recordBytes += Int(entry.location.length)
        manifest.rootHash.add(key: entry.key, id: entry.id, keys: keys)
        rows.append(.present(entry))
        if rows.count == FormatLimits.pageRows { try await endPage() }
    }

    private mutating func endPage() async throws {
        guard let first = rows.first?.key else { return }
        let block = RawBlock(kind: .manifest, bytes: ManifestPage.encode(rows), records: [], pending: PendingBlock())
        try await pipeline.submit(block)
        pages.append((first, rows.count, block.pending))
        rows = []
    }

    /// Ends the manifest, once its pages have their places.
    mutating func finish() async throws -> Manifest {
        try await endPage()
        var locations: [ManifestPageLocation] = []
        for page in pages {
            locations.append(
                ManifestPageLocation(
                    firstKey: page.first,
                    rowCount: page.rowCount,
                    block: try await page.block.location()
                )
            )
        }
        if !locations.isEmpty { manifest.layers = [ManifestLayer(pages: locations)] }
        return manifest
    }
}
