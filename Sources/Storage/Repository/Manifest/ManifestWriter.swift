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
    let parent: Manifest?

    private let kind: SnapshotContent.Kind
    private let reader: PackReader
    private let pageCache: ManifestPageCache
    private let inventory: PackInventory
    private let bufferLimit: Int
    private let state = Mutex(State())

    /// Buffered pages beyond so many bytes are written at once; where their layer is merged with others, they are read
    /// back.
    static let bufferLimit = 16 << 20

    private struct State {
        var isParentChecked = false
        var prefixes = SectionPrefixes()
        var sections: [FinishedSection] = []
        /// Of sections that have ended: one for each of ``ManifestWriter/blockKinds``.
        var idleBuilders: [[BlockBuilder]] = []
        var bufferedBytes = 0
    }

    init(
        kind: SnapshotContent.Kind,
        parent: Manifest?,
        extendsParent: Bool,
        pipeline: PackPipeline,
        repository: Repository,
        inventory: PackInventory,
        chunkIndex: ChunkIndex?,
        bufferLimit: Int
    ) {
        self.kind = kind
        self.parent = parent
        self.extendsParent = extendsParent && parent?.layers.isEmpty == false
        self.pipeline = pipeline
        reader = repository.reader
        pageCache = repository.pageCache
        self.inventory = inventory
        self.chunkIndex = chunkIndex
        self.bufferLimit = bufferLimit
        keys = repository.keys
    }

    /// The kinds of blocks that the records go into.
    private var blockKinds: [BlockKind] {
        switch kind {
        case .objects: [.objects]
        case .pagedFile: [.pages]
        case .stream: [.chunks]
        case .files: [.chunks, .nodes]
        }
    }

    /// Fills the part of the manifest whose keys start with `prefix`.
    ///
    /// When `body` throws, the section is dropped as if it had not been begun, and may be filled again.
    ///
    /// - Throws: ``ManifestKeyError`` when the section overlaps with another; ``DamagedParentError``; what `body` throws.
    package func section<Result: Sendable>(
        prefix: ManifestKey,
        _ body: (inout ManifestSection) async throws -> Result
    ) async throws -> Result {
        try await checkParent()
        try state.withLock { state throws(ManifestKeyError) in try state.prefixes.insert(prefix) }
        do {
            return try await fillSection(prefix, body)
        } catch {
            state.withLock { $0.prefixes.remove(prefix) }
            throw error
        }
    }

    /// Finds out before anything is done whether the parent's manifest is still there, as far as can be said without
    /// reading it.
    private func checkParent() async throws {
        guard let parent, !state.withLock({ $0.isParentChecked }) else { return }
        for page in parent.layers.lazy.flatMap(\.pages) {
            do {
                try await inventory.check(page.block)
                inventory.use(page.block, retainedUntil: parent.retainedUntil)
            } catch let error as RepositoryError where error.code == .damaged {
                throw DamagedParentError(manifest: kind, pack: page.block.pack, cause: error)
            }
        }
        state.withLock { $0.isParentChecked = true }
    }

    private func fillSection<Result: Sendable>(
        _ prefix: ManifestKey,
        _ body: (inout ManifestSection) async throws -> Result
    ) async throws -> Result {
        var cursor = parent.map { _ in parentCursor() }
        try await cursor?.seek(to: prefix)
        let builders = state.withLock { $0.idleBuilders.popLast() } ?? blockKinds.map(BlockBuilder.init)
        var section = ManifestSection(prefix: prefix, writer: self, builders: builders, parent: cursor)
        do {
            let result = try await body(&section)
            let finished = try await section.finish()
            let builders = section.releaseBuilders()
            state.withLock { state in
                state.sections.append(finished)
                state.idleBuilders.append(builders)
            }
            return result
        } catch {
            let builders = section.releaseBuilders()
            state.withLock { $0.idleBuilders.append(builders) }
            throw error
        }
    }

    private func parentCursor() -> ManifestCursor { ManifestCursor(layers: parentLayers(parent?.layers[...] ?? [])) }

    /// Layers of the parent, as they are stored.
    func parentLayers(_ layers: ArraySlice<ManifestLayer>) -> [any ManifestLayerPages] {
        layers.map { layer in
            ParentManifestLayer(
                stored: StoredManifestLayer(layer: layer, reader: reader, cache: pageCache),
                kind: kind
            )
        }
    }

    /// Whether a record that the parent has need not be written again.
    ///
    /// - Throws: ``DamagedParentError`` when its pack turns out to be damaged; `ObjectStoreError` when it cannot be found
    ///   out where the pack's blocks are now.
    package func isStored(_ entry: ManifestEntry) async throws -> Bool {
        guard try await inventory.isStored(entry.location) else { return false }
        inventory.use(entry.location.block, retainedUntil: parent?.retainedUntil)
        return true
    }

    /// Where a chunk lies that the repository has already.
    func knownChunk(_ id: RecordID) -> RecordLocation? {
        guard let location = chunkIndex?.location(of: id) else { return nil }
        inventory.use(location.block)
        return location
    }

    func encodePage(_ rows: [PendingRow]) async throws -> EncodedManifestPage {
        var changes: [ManifestChange] = []
        changes.reserveCapacity(rows.count)
        for row in rows { changes.append(try await row.resolve()) }
        // Together at the end, so that they lie together and are read in few requests.
        return try await encodePage(changes, mayBuffer: true)
    }

    func encodePage(_ rows: [ManifestChange], mayBuffer: Bool) async throws -> EncodedManifestPage {
        let bytes = ManifestPage.encode(rows)
        let buffers =
            mayBuffer
            && state.withLock { state in
                state.bufferedBytes += bytes.count
                return state.bufferedBytes <= bufferLimit
            }
        let firstKey = rows.first?.key ?? []
        if buffers { return EncodedManifestPage(firstKey: firstKey, rowCount: rows.count, content: .buffered(bytes)) }
        return EncodedManifestPage(
            firstKey: firstKey,
            rowCount: rows.count,
            content: .submitted(try await submit(bytes))
        )
    }

    func submit(_ page: [UInt8]) async throws -> PendingBlock {
        let block = RawBlock(kind: .manifest, bytes: page, records: [], pending: PendingBlock())
        try await pipeline.submit(block)
        return block.pending
    }

    /// Ends the manifest, when all its sections are filled.
    ///
    /// Keys of the parent in no section have been removed.
    package func finish() async throws -> Manifest {
        let (sections, builders) = state.withLock { state in
            (state.sections.sorted { $0.prefix.isBefore($1.prefix) }, state.idleBuilders.joined())
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
                if rows.count == FormatLimits.pageRows { try await endPage() }
            }
            gapStart = section.prefix.prefixEnd
            for item in section.items {
                switch item {
                case .page(let page):
                    try await endPage()
                    pages.append(page)
                case .rows(let more):
                    if rows.count + more.count > FormatLimits.pageRows { try await endPage() }
                    rows += more
                }
            }
        }
        try await removals(from: gapStart, to: nil) { row in
            rows.append(.resolved(row))
            if rows.count == FormatLimits.pageRows { try await endPage() }
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
        var cursor = parentCursor()
        try await cursor.seek(to: start)
        while let entry = cursor.current {
            if let end, !entry.key.isBefore(end) { return }
            try await body(.removed(entry.key))
            try await cursor.advance()
        }
    }
}
