import Synchronization

/// Makes the manifest of one part of a backup, writing the records that are new on the way.
///
/// Without a parent it writes a base layer, page by page while the records come. With one, it gathers what changed and
/// adds it as a layer, merging the small layers of the parent into it, so that a manifest has few layers and a backup
/// writes in proportion to what changed.
package final class ManifestWriter: Sendable {
    let pipeline: PackPipeline
    let keys: RepositoryKeys
    let chunkIndex: ChunkIndex?
    /// Whether layers are added to the parent's.
    ///
    /// Otherwise the parent, if any, only tells which records are there.
    let extendsParent: Bool

    private let kind: BlockKind
    private let reader: PackReader
    private let pageCache: ManifestPageCache
    private let parent: Manifest?
    private let state = Mutex(State())

    /// Buffered pages beyond so many bytes are written at once, and their layer is not merged with others.
    private static let bufferLimit = 16 << 20

    private struct State {
        var sections: [FinishedSection] = []
        var idleBuilders: [BlockBuilder] = []
        var bufferedBytes = 0
        var hasSpilled = false
    }

    init(
        kind: BlockKind,
        parent: Manifest?,
        extendsParent: Bool,
        pipeline: PackPipeline,
        reader: PackReader,
        pageCache: ManifestPageCache,
        chunkIndex: ChunkIndex?
    ) {
        self.kind = kind
        self.parent = parent
        self.extendsParent = extendsParent && parent?.layers.isEmpty == false
        self.pipeline = pipeline
        self.reader = reader
        self.pageCache = pageCache
        self.chunkIndex = chunkIndex
        keys = reader.keys
    }

    /// Fills the part of the manifest whose keys start with `prefix`.
    ///
    /// When `body` throws, the section is dropped as if it had not been begun, and may be filled again. Sections of one
    /// manifest must not overlap.
    package func section<Result: Sendable>(
        prefix: ManifestKey,
        _ body: (inout ManifestSection) async throws -> Result
    ) async throws -> Result {
        var cursor = try parent.map { _ in try parentCursor() }
        try await cursor?.seek(to: prefix)
        let builder = state.withLock { $0.idleBuilders.popLast() } ?? BlockBuilder(kind: kind)
        var section = ManifestSection(prefix: prefix, writer: self, builder: builder, parent: cursor)
        do {
            let result = try await body(&section)
            let finished = try await section.finish()
            let builder = section.releaseBuilder()
            state.withLock { state in
                state.sections.append(finished)
                state.idleBuilders.append(builder)
            }
            return result
        } catch {
            let builder = section.releaseBuilder()
            state.withLock { $0.idleBuilders.append(builder) }
            throw error
        }
    }

    private func parentCursor() throws -> ManifestCursor {
        ManifestCursor(layers: storedLayers(parent?.layers[...] ?? []))
    }

    private func storedLayers(_ layers: ArraySlice<ManifestLayer>) -> [any ManifestLayerPages] {
        layers.map { StoredManifestLayer(layer: $0, reader: reader, cache: pageCache) }
    }

    func encodePage(_ rows: [PendingRow]) async throws -> EncodedManifestPage {
        var changes: [ManifestChange] = []
        changes.reserveCapacity(rows.count)
        for row in rows { changes.append(try await row.resolve()) }
        return try await encodePage(changes, mayBuffer: extendsParent)
    }

    private func encodePage(_ rows: [ManifestChange], mayBuffer: Bool) async throws -> EncodedManifestPage {
        let bytes = ManifestPage.encode(rows)
        let buffers =
            mayBuffer
            && state.withLock { state in
                state.bufferedBytes += bytes.count
                if state.bufferedBytes > Self.bufferLimit { state.hasSpilled = true }
                return !state.hasSpilled
            }
        let firstKey = rows.first?.key ?? []
        if buffers { return EncodedManifestPage(firstKey: firstKey, rowCount: rows.count, content: .buffered(bytes)) }
        return EncodedManifestPage(
            firstKey: firstKey,
            rowCount: rows.count,
            content: .submitted(try await submit(bytes))
        )
    }

    private func submit(_ page: [UInt8]) async throws -> PendingBlock {
        let block = RawBlock(kind: .manifest, bytes: page, records: [], pending: PendingBlock())
        try await pipeline.submit(block)
        return block.pending
    }

    /// Ends the manifest, when all its sections are filled.
    ///
    /// Keys of the parent in no section have been removed.
    package func finish() async throws -> Manifest {
        let (sections, builders) = state.withLock { state in
            (state.sections.sorted { $0.prefix.isBefore($1.prefix) }, state.idleBuilders)
        }
        for (left, right) in zip(sections, sections.dropFirst()) {
            precondition(!right.prefix.starts(with: left.prefix), "sections of a manifest overlap")
        }
        for var builder in builders where !builder.isEmpty { try await pipeline.submit(builder.close()) }

        var manifest = Manifest()
        for section in sections {
            manifest.entryCount += section.recordCount
            manifest.recordBytes += section.recordBytes
            manifest.rootHash.combine(section.hash)
        }
        let pages = try await assemblePages(sections)
        manifest.layers = try await layers(with: pages)
        return manifest
    }

    /// The pages of the new layer in order: of the sections, and of the removals between them.
    private func assemblePages(_ sections: [FinishedSection]) async throws -> [EncodedManifestPage] {
        var pages: [EncodedManifestPage] = []
        var rows: [PendingRow] = []
        func endPage() async throws {
            if !rows.isEmpty { pages.append(try await encodePage(rows)) }
            rows = []
        }
        var gapStart: ManifestKey? = []
        for section in sections {
            try await removals(from: gapStart, to: section.prefix) { row in
                rows.append(.resolved(row))
                if rows.count == ManifestPage.maximumRowCount { try await endPage() }
            }
            gapStart = section.prefix.prefixEnd
            for item in section.items {
                switch item {
                case .page(let page):
                    try await endPage()
                    pages.append(page)
                case .rows(let more):
                    if rows.count + more.count > ManifestPage.maximumRowCount { try await endPage() }
                    rows += more
                }
            }
        }
        try await removals(from: gapStart, to: nil) { row in
            rows.append(.resolved(row))
            if rows.count == ManifestPage.maximumRowCount { try await endPage() }
        }
        try await endPage()
        return pages
    }

    private func removals(
        from start: ManifestKey?,
        to end: ManifestKey?,
        _ body: (ManifestChange) async throws -> Void
    ) async throws {
        guard extendsParent, let start else { return }
        var cursor = try parentCursor()
        try await cursor.seek(to: start)
        while let entry = cursor.current {
            if let end, !entry.key.isBefore(end) { return }
            try await body(.removed(entry.key))
            try await cursor.advance()
        }
    }

    private func layers(with pages: [EncodedManifestPage]) async throws -> [ManifestLayer] {
        guard extendsParent, let parent else { return [try await store(pages)].filter { !$0.pages.isEmpty } }
        if pages.isEmpty { return parent.layers }
        let buffered = pages.compactMap { page -> (firstKey: ManifestKey, rowCount: Int, bytes: [UInt8])? in
            guard case .buffered(let bytes) = page.content else { return nil }
            return (page.firstKey, page.rowCount, bytes)
        }
        guard buffered.count == pages.count else { return parent.layers + [try await store(pages)] }
        let kept = Self.keptLayers(of: parent.layers.map(\.rowCount), adding: pages.reduce(0) { $0 + $1.rowCount })
        if kept == parent.layers.count { return parent.layers + [try await store(pages)] }
        let cursor = ManifestCursor(
            layers: storedLayers(parent.layers[kept...]) + [BufferedManifestLayer(pages: buffered)],
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

    private func merge(_ source: ManifestCursor) async throws -> ManifestLayer {
        var cursor = source
        var pages: [EncodedManifestPage] = []
        var rows: [ManifestChange] = []
        try await cursor.seek(to: [])
        while let row = cursor.currentRow {
            rows.append(row)
            if rows.count == ManifestPage.maximumRowCount {
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
