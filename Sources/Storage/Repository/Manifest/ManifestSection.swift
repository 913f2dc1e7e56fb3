/// Part of a manifest in the making: all keys that start with one prefix.
///
/// One task fills a section; several sections of a manifest may be filled at once.
package struct ManifestSection {
    /// What became of a record.
    package enum Outcome: Sendable {
        /// The parent has the same record under the same key.
        case unchanged
        /// The repository has the record already.
        case known
        /// The record was written.
        case stored
    }

    /// Records so far.
    package private(set) var recordCount = 0
    /// Bytes of records so far, before compression.
    package private(set) var recordBytes = 0
    package private(set) var storedCount = 0

    let prefix: ManifestKey
    private let writer: ManifestWriter
    private var hash = ManifestHash()
    private var builder: BlockBuilder
    private var parent: ManifestCursor?
    /// The key put last.
    package private(set) var lastKey: ManifestKey?
    private var rows: [PendingRow] = []
    /// A full page that waits for its blocks while the next one is filled.
    private var waitingPage: [PendingRow]?
    private var items: [SectionItem] = []

    init(prefix: ManifestKey, writer: ManifestWriter, builder: BlockBuilder, parent: ManifestCursor?) {
        self.prefix = prefix
        self.writer = writer
        self.builder = builder
        self.parent = parent
    }

    /// Adds a record.
    ///
    /// Keys must grow: see ``ManifestOrderError``.
    ///
    /// - Parameters:
    ///   - record: At most 64 MiB.
    ///   - key: Starts with the section's prefix.
    /// - Throws: ``ManifestOrderError`` when `key` does not come after the one before, and ``ManifestKeyError`` when it
    ///   does not start with the section's prefix: then the section goes on as if it had not been put.
    package mutating func put(_ record: ArraySlice<UInt8>, at key: ManifestKey) async throws -> Outcome {
        guard record.count <= FormatLimits.record else {
            throw RepositoryError(.outOfLimits, "A record of \(record.count) bytes is over the limit of 64 MiB.")
        }
        guard key.starts(with: prefix) else { throw ManifestKeyError.outside(key, prefix: prefix) }
        if let lastKey, !lastKey.isBefore(key) { throw ManifestOrderError(key: key) }
        lastKey = key
        let id = RecordID(of: record, keys: writer.keys)
        recordCount += 1
        recordBytes += record.count
        hash.add(key: key, id: id, keys: writer.keys)

        if let known = try await parentEntry(at: key), known.id == id, try writer.isStored(known) {
            if !writer.extendsParent { try await append(.resolved(.present(known))) }
            return .unchanged
        }
        if let location = writer.knownChunk(id) {
            try await append(.resolved(.present(ManifestEntry(key: key, id: id, location: location))))
            return .known
        }
        if builder.shouldClose(before: record.count) { try await closeBlock() }
        let offset = builder.append(record, id: id)
        storedCount += 1
        try await append(
            .pending(key: key, id: id, block: builder.pending, offset: offset, length: UInt32(record.count))
        )
        if builder.isFull { try await closeBlock() }
        return .stored
    }

    /// Takes over the parent's record under `key`, which the caller knows to be the same.
    ///
    /// Keys must grow, as those of `put(_:at:)`.
    ///
    /// - Returns: Whether that was done; otherwise the parent has none, or it is not stored any more, and the record is to
    ///   be put.
    package mutating func keep(_ key: ManifestKey) async throws -> Bool {
        guard key.starts(with: prefix) else { throw ManifestKeyError.outside(key, prefix: prefix) }
        if let lastKey, !lastKey.isBefore(key) { throw ManifestOrderError(key: key) }
        guard let known = try await parentEntry(at: key), try writer.isStored(known) else { return false }
        lastKey = key
        recordCount += 1
        recordBytes += Int(known.location.length)
        hash.add(key: key, id: known.id, keys: writer.keys)
        if !writer.extendsParent { try await append(.resolved(.present(known))) }
        return true
    }

    /// Moves the parent's cursor to `key`; what it passes on the way has been removed.
    private mutating func parentEntry(at key: ManifestKey) async throws -> ManifestEntry? {
        guard var cursor = parent else { return nil }
        defer { parent = cursor }
        while let entry = cursor.current, entry.key.isBefore(key) {
            if writer.extendsParent { try await append(.resolved(.removed(entry.key))) }
            try await cursor.advance()
        }
        guard let entry = cursor.current, entry.key == key else { return nil }
        try await cursor.advance()
        return entry
    }

    private mutating func append(_ row: PendingRow) async throws {
        rows.append(row)
        if rows.count == FormatLimits.pageRows { try await endPage() }
    }

    /// Sets the full page aside, and encodes the one before it, whose blocks are placed by now.
    private mutating func endPage() async throws {
        if !builder.isEmpty { try await closeBlock() }
        try await encodeWaitingPage()
        waitingPage = rows
        rows = []
    }

    private mutating func encodeWaitingPage() async throws {
        guard let page = waitingPage else { return }
        waitingPage = nil
        items.append(.page(try await writer.encodePage(page)))
    }

    private mutating func closeBlock() async throws {
        try await writer.pipeline.submit(builder.close())
    }

    /// Ends the section: what the parent has left of it has been removed.
    mutating func finish() async throws -> FinishedSection {
        if var cursor = parent, writer.extendsParent {
            while let entry = cursor.current, entry.key.starts(with: prefix) {
                try await append(.resolved(.removed(entry.key)))
                try await cursor.advance()
            }
        }
        try await encodeWaitingPage()
        if !rows.isEmpty { items.append(.rows(rows)) }
        return FinishedSection(
            prefix: prefix,
            recordCount: recordCount,
            recordBytes: recordBytes,
            hash: hash,
            items: items
        )
    }

    /// Gives the open block back, so that another section goes on filling it.
    consuming func releaseBuilder() -> BlockBuilder { builder }
}
