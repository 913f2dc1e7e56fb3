import ObjectStore

/// Copies what is needed of packs into new ones.
///
/// A block that is needed whole keeps its compressed bytes; what is needed of others is put together into new blocks.
/// Everything is verified on the way.
struct BlockCopier {
    /// Copies of packs whose new blocks may not have their places yet.
    struct Copies: Sendable {
        fileprivate struct Piece: Sendable {
            let old: BlockLocation
            let pending: PendingBlock
            let size: UInt32
            let start: UInt32
            let runs: [Relocation.Run]?
        }

        fileprivate(set) var relocations: Set<PackID> = []
        fileprivate var pieces: [PackID: [Piece]] = [:]
        /// The new blocks of chunks: each with its records.
        fileprivate var chunks: [(pending: PendingBlock, records: [(id: RecordID, length: Int)])] = []
    }

    private let reader: PackReader
    private let pipeline: PackPipeline
    private(set) var copies = Copies()
    /// For what is left of blocks.
    private var builders: [BlockBuilder] = [.objects, .pages, .chunks, .nodes].map(BlockBuilder.init)

    init(reader: PackReader, pipeline: PackPipeline) {
        self.reader = reader
        self.pipeline = pipeline
    }

    /// Copies what is needed of a pack, unless the pack turns out to be damaged.
    mutating func copy(_ pack: PackID, _ live: LiveData.Blocks) async throws {
        do {
            copies.pieces[pack] = try await pieces(of: pack, live).sorted { $0.old.number < $1.old.number }
            copies.relocations.insert(pack)
        } catch let error as RepositoryError where error.code == .damaged {
            // It stays as it is.
        } catch let error as ObjectStoreError where reader.damage(of: pack, as: error) != nil {
            // Likewise.
        }
    }

    private mutating func pieces(of pack: PackID, _ live: LiveData.Blocks) async throws -> [Copies.Piece] {
        let footer = try await reader.readFooter(of: pack)
        let locations = footer.locations(in: pack)
        var pieces: [Copies.Piece] = []
        for range in BlockRange.covering(Set(live.keys)) {
            let bytes = try await reader.store.get(pack.key, range: .bytes(range.bytes)).bytes
            for block in range.blocks {
                guard Int(block.number) < locations.count, locations[Int(block.number)] == block else {
                    throw Self.damaged(block, "is not where a backup has it")
                }
                let payload = try reader.payload(of: block, in: bytes, startingAt: UInt64(range.bytes.lowerBound))
                let content = try CompressedPayload.unwrap(payload, subject: "Block \(block.number) of pack \(pack)")
                let records = footer.blocks[Int(block.number)].records
                pieces.append(try await copy(block, payload, content, records, live[block] ?? []))
            }
        }
        return pieces
    }

    private static func damaged(_ block: BlockLocation, _ what: String) -> RepositoryError {
        RepositoryError(.damaged, "Block \(block.number) of pack \(block.pack) \(what).")
    }

    private mutating func copy(
        _ block: BlockLocation,
        _ payload: [UInt8],
        _ content: [UInt8],
        _ records: [(id: RecordID, length: Int)],
        _ live: [LiveData.Record]
    ) async throws -> Copies.Piece {
        if block.kind == .manifest { _ = try ManifestPage.decode(content, subject: "A manifest page") }
        let kept = try Self.needed(records, live, block, content, reader.keys)
        if block.kind == .manifest || kept.isEmpty || kept.count == records.count {
            let pending = PendingBlock()
            let raw = RawBlock(kind: block.kind, bytes: content, records: records, pending: pending, payload: payload)
            return try await submit(raw, for: block, size: content.count)
        }
        guard let place = builders.firstIndex(where: { $0.kind == block.kind }) else {
            throw Self.damaged(block, "is of a kind that has no records")
        }
        // What is left of one block stays together.
        if builders[place].shouldClose(before: kept.reduce(0) { $0 + $1.range.count }) { try await close(place) }
        let pending = builders[place].pending
        var start: UInt32?
        var runs: [Relocation.Run] = []
        for record in kept {
            let offset = builders[place].append(content[record.range], id: record.id)
            start = start ?? offset
            let (from, length) = (UInt32(record.range.lowerBound), UInt32(record.range.count))
            if let last = runs.last, last.offset + last.length == from {
                runs[runs.count - 1] = Relocation.Run(offset: last.offset, length: last.length + length)
            } else {
                runs.append(Relocation.Run(offset: from, length: length))
            }
        }
        if builders[place].isFull { try await close(place) }
        return Copies.Piece(
            old: block,
            pending: pending,
            size: UInt32(content.count),
            start: start ?? 0,
            runs: runs
        )
    }

    /// Verifies the records of a block, and finds those that are needed.
    private static func needed(
        _ records: [(id: RecordID, length: Int)],
        _ live: [LiveData.Record],
        _ block: BlockLocation,
        _ content: [UInt8],
        _ keys: RepositoryKeys
    ) throws(RepositoryError) -> [(id: RecordID, range: Range<Int>)] {
        var needed: [(id: RecordID, range: Range<Int>)] = []
        var found: Set<Int> = []
        var offset = 0
        var first = 0
        for record in records {
            let end = offset + record.length
            guard end <= content.count, RecordID(of: content[offset..<end], keys: keys) == record.id else {
                throw damaged(block, "holds other records than its footer says")
            }
            while first < live.count, Int(live[first].offset) < offset { first += 1 }
            // Records without bytes share their offset with the next.
            var place = first
            while place < live.count, Int(live[place].offset) == offset {
                if live[place].isRecord(record.id, length: record.length) {
                    found.insert(place)
                    needed.append((record.id, offset..<end))
                    break
                }
                place += 1
            }
            offset = end
        }
        guard found.count == live.count else { throw damaged(block, "lacks a record that a backup has there") }
        return needed
    }

    private mutating func submit(_ raw: RawBlock, for block: BlockLocation, size: Int) async throws -> Copies.Piece {
        try await submit(raw)
        return Copies.Piece(old: block, pending: raw.pending, size: UInt32(size), start: 0, runs: nil)
    }

    private mutating func close(_ place: Int) async throws { try await submit(builders[place].close()) }

    private mutating func submit(_ block: RawBlock) async throws {
        if block.kind == .chunks { copies.chunks.append((block.pending, block.records)) }
        try await pipeline.submit(block)
    }

    /// Ends the blocks that are not full.
    mutating func finish() async throws {
        for place in builders.indices where !builders[place].isEmpty { try await close(place) }
    }
}

extension BlockCopier.Copies {
    /// Where the blocks of a pack are now; `nil` when it was not copied.
    func relocation(of pack: PackID) async throws -> Relocation? {
        guard let pieces = pieces[pack] else { return nil }
        var entries: [Relocation.Entry] = []
        for piece in pieces {
            entries.append(
                Relocation.Entry(
                    old: piece.old,
                    new: try await piece.pending.location(),
                    size: piece.size,
                    start: piece.start,
                    runs: piece.runs
                )
            )
        }
        return Relocation(pack: pack, entries: entries)
    }

    /// The chunks that were copied, and where they lie.
    func chunkRecords() async throws -> [(id: RecordID, location: RecordLocation)] {
        var all: [(id: RecordID, location: RecordLocation)] = []
        for (pending, records) in chunks {
            let block = try await pending.location()
            var offset: UInt32 = 0
            for record in records {
                all.append((record.id, RecordLocation(block: block, offset: offset, length: UInt32(record.length))))
                offset += UInt32(record.length)
            }
        }
        return all
    }
}
