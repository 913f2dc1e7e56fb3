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
    /// One for each kind of block that the manifest has, the one for `put(_:at:)` first.
    private var builders: [BlockBuilder]
    private var parent: ManifestCursor?
    /// The key put last.
    package private(set) var lastKey: ManifestKey?
    private var rows: [PendingRow] = []
    /// A full page that waits for its blocks while the next one is filled.
    private var waitingPage: [PendingRow]?
    private var items: [SectionItem] = []

    private typealias ExpectedChunk = (block: PendingBlock, offset: UInt32, length: UInt32)
    /// Chunks of this section that the index may not know yet: of the open page, and of the one that waits.
    private var expected: [RecordID: ExpectedChunk] = [:]
    private var expectedBefore: [RecordID: ExpectedChunk] = [:]

    init(prefix: ManifestKey, writer: ManifestWriter, builders: [BlockBuilder], parent: ManifestCursor?) {
        self.prefix = prefix
        self.writer = writer
        self.builders = builders
        self.parent = parent
    }

    /// Adds a record.
    ///
    /// Keys must grow: see ``ManifestOrderError``.
    ///
    /// - Parameters:
    ///   - record: At most 64 MiB.
    ///   - key: Starts with the section's prefix.
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/outOfLimits``; ``ManifestOrderError`` when `key` does not come after the one before, and ``ManifestKeyError`` when it
    ///   does not start with the section's prefix: then the section goes on as if it had not been put.
    package mutating func put(_ record: ArraySlice<UInt8>, at key: ManifestKey) async throws -> Outcome {
        try await put(record, at: key, in: builders[0].kind)
    }

    /// Adds a record to blocks of a kind, or of the content's own where it has none of that kind.
    mutating func put(_ record: ArraySlice<UInt8>, at key: ManifestKey, in kind: BlockKind) async throws -> Outcome {
        try Self.checkLength(of: record)
        let id = RecordID(of: record, keys: writer.keys)
        let term = ManifestHash.term(key, id, writer.keys)
        let prepared = PreparedRecord(key: key, content: .data, bytes: record, id: id, term: term)
        return try await put(prepared, into: builders.contains { $0.kind == kind } ? kind : builders[0].kind)
    }

    /// Adds a record whose hashes were made by ``ManifestWriter/prepare(_:_:at:)``.
    ///
    /// - Throws: As `put(_:at:)`.
    package mutating func put(_ record: PreparedRecord) async throws -> Outcome {
        try await put(record, into: record.content == .node ? .nodes : .chunks)
    }

    static func checkLength(of record: ArraySlice<UInt8>) throws(RepositoryError) {
        guard record.count <= FormatLimits.record else {
            throw RepositoryError(.outOfLimits, "A record of \(record.count) bytes is over the limit of 64 MiB.")
        }
    }

    private mutating func put(_ record: PreparedRecord, into kind: BlockKind) async throws -> Outcome {
        let (key, id) = (record.key, record.id)
        guard key.starts(with: prefix) else { throw ManifestKeyError.outside(key, prefix: prefix) }
        guard key.count <= FormatLimits.key else {
            throw RepositoryError(.outOfLimits, "A key of \(key.count) bytes is over the limit of \(FormatLimits.key).")
        }
        if let lastKey, !lastKey.isBefore(key) { throw ManifestOrderError(key: key) }
        lastKey = key
        recordCount += 1
        recordBytes += record.length
        hash.add(record.term)

        if let known = try await parentEntry(at: key), known.id == id, try await writer.isStored(known) {
            if !writer.extendsParent { try await append(.resolved(.present(known))) }
            return .unchanged
        }
        if kind == .chunks, let row = knownRow(key, id) {
            try await append(row)
            return .known
        }
        guard let place = builders.firstIndex(where: { $0.kind == kind }) else {
            preconditionFailure("a manifest of this content has no such records")
        }
        if builders[place].shouldClose(before: record.length) { try await closeBlock(place) }
        let offset = builders[place].append(record.bytes, id: id)
        let (pending, length) = (builders[place].pending, UInt32(record.length))
        storedCount += 1
        if kind == .chunks, writer.chunkIndex != nil { expected[id] = (pending, offset, length) }
        if builders[place].isFull { try await closeBlock(place) }
        try await append(.pending(key: key, id: id, block: pending, offset: offset, length: length))
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
        guard let known = try await parentEntry(at: key), try await writer.isStored(known) else { return false }
        lastKey = key
        recordCount += 1
        recordBytes += Int(known.location.length)
        hash.add(key: key, id: known.id, keys: writer.keys)
        if !writer.extendsParent { try await append(.resolved(.present(known))) }
        return true
    }

    /// A row for a chunk that is in the repository, or on its way there.
    private func knownRow(_ key: ManifestKey, _ id: RecordID) -> PendingRow? {
        if let location = writer.knownChunk(id) {
            return .resolved(.present(ManifestEntry(key: key, id: id, location: location)))
        }
        return (expected[id] ?? expectedBefore[id]).map { chunk in
            .pending(key: key, id: id, block: chunk.block, offset: chunk.offset, length: chunk.length)
        }
    }

    /// Takes over what the parent has under all keys that start with `prefix`: the caller knows that it is unchanged, and
    /// that it is stored (``ManifestWriter/isStored(_:)``).
    ///
    /// - Returns: How many records.
    package mutating func carry(prefix: ManifestKey) async throws -> Int {
        guard prefix.starts(with: self.prefix) else { throw ManifestKeyError.outside(prefix, prefix: self.prefix) }
        if let lastKey, !lastKey.isBefore(prefix) { throw ManifestOrderError(key: prefix) }
        try await removeEntries(before: prefix)
        guard var cursor = parent else { return 0 }
        defer { parent = cursor }
        var count = 0
        while let entry = cursor.current, entry.key.starts(with: prefix) {
            lastKey = entry.key
            recordCount += 1
            recordBytes += Int(entry.location.length)
            hash.add(key: entry.key, id: entry.id, keys: writer.keys)
            if !writer.extendsParent { try await append(.resolved(.present(entry))) }
            count += 1
            try await cursor.advance()
        }
        return count
    }

    /// Moves the parent's cursor to `key`; what it passes on the way has been removed.
    private mutating func parentEntry(at key: ManifestKey) async throws -> ManifestEntry? {
        try await removeEntries(before: key)
        guard var cursor = parent, let entry = cursor.current, entry.key == key else { return nil }
        defer { parent = cursor }
        try await cursor.advance()
        return entry
    }

    private mutating func removeEntries(before key: ManifestKey) async throws {
        guard var cursor = parent else { return }
        defer { parent = cursor }
        while let entry = cursor.current, entry.key.isBefore(key) {
            if writer.extendsParent { try await append(.resolved(.removed(entry.key))) }
            try await cursor.advance()
        }
    }

    private mutating func append(_ row: PendingRow) async throws {
        rows.append(row)
        if rows.count == FormatLimits.pageRows { try await endPage() }
    }

    /// Sets the full page aside, and encodes the one before it, whose blocks are placed by now.
    private mutating func endPage() async throws {
        for place in builders.indices where !builders[place].isEmpty { try await closeBlock(place) }
        try await encodeWaitingPage()
        waitingPage = rows
        rows = []
        // All blocks of the page that was encoded are placed, so the index has them.
        expectedBefore = expected
        expected = [:]
    }

    private mutating func encodeWaitingPage() async throws {
        guard let page = waitingPage else { return }
        waitingPage = nil
        items.append(.page(try await writer.encodePage(page)))
    }

    private mutating func closeBlock(_ place: Int) async throws {
        try await writer.pipeline.submit(builders[place].close())
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

    /// Gives the open blocks back, so that another section goes on filling them.
    consuming func releaseBuilders() -> [BlockBuilder] { builders }
}
