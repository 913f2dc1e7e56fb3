import ObjectStore

/// A sorted table from record id to location: the object `index/0/<id>`, an ``Envelope``.
///
/// Version (1 byte); number of blocks, and for each its pack (16 bytes), number, kind (1 byte), offset and stored
/// length; number of records, and for each, sorted by id, its id (16 bytes), block's place in that list, offset and
/// length. Numbers are of variable length.
struct IndexSegment: Sendable {
    private static let version: UInt8 = 1

    let records: [(id: RecordID, location: RecordLocation)]

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.version)
        var places: [BlockLocation: Int] = [:]
        var blocks: [BlockLocation] = []
        for record in records where places[record.location.block] == nil {
            places[record.location.block] = blocks.count
            blocks.append(record.location.block)
        }
        writer.write(count: blocks.count)
        for block in blocks {
            writer.write(block.pack.bytes)
            writer.write(variable: UInt64(block.number))
            writer.write(block.kind.rawValue)
            writer.write(variable: block.offset)
            writer.write(variable: UInt64(block.storedLength))
        }
        writer.write(count: records.count)
        for record in records.sorted(by: { $0.id < $1.id }) {
            writer.write(record.id.bytes)
            writer.write(count: places[record.location.block] ?? 0)
            writer.write(variable: UInt64(record.location.offset))
            writer.write(variable: UInt64(record.location.length))
        }
        return writer.bytes
    }

    /// Stores the segment under a new name.
    ///
    /// - Parameter cached: Keeps it for the next backup.
    /// - Returns: The bytes that it took.
    func store(
        in store: any ObjectStore,
        keys: RepositoryKeys,
        _ cached: CachedObjects? = nil
    ) async throws -> Int {
        let key = ObjectKey("\(ChunkIndex.prefix)\(PackID())")
        let bytes = try Envelope.seal(encoded(), named: key.rawValue, keys: keys)
        let version = try await store.put(bytes, at: key, if: .absent)
        cached?.keep(bytes, of: key, version)
        return bytes.count
    }

    /// The packs that a segment names.
    static func packs(in bytes: [UInt8], subject: String) throws(RepositoryError) -> Set<PackID> {
        var reader = ByteReader(bytes, subject: subject)
        return Set(try decodeBlocks(from: &reader).map(\.pack))
    }

    private static func decodeBlocks(from reader: inout ByteReader) throws(RepositoryError) -> [BlockLocation] {
        guard try reader.readByte() == version else { throw reader.damaged("its version is unknown") }
        var blocks: [BlockLocation] = []
        for _
            in 0..<(try reader.readCount(limit: min(FormatLimits.segmentRecords, reader.remaining / PackID.sizeInBytes)))
        {
            let bytes = try reader.read(PackID.sizeInBytes)
            // Blocks of one pack stand together, and share its id.
            let pack =
                blocks.last.flatMap { bytes.elementsEqual($0.pack.bytes) ? $0.pack : nil } ?? PackID(bytes: bytes)
            let number = UInt32(try reader.readCount(limit: Int(UInt32.max)))
            guard let kind = BlockKind(rawValue: try reader.readByte()) else {
                throw reader.damaged("a kind is unknown")
            }
            let offset = UInt64(try reader.readCount(limit: Int(UInt32.max)))
            let length = UInt32(try reader.readCount(limit: Int(UInt32.max)))
            blocks.append(BlockLocation(pack: pack, number: number, kind: kind, offset: offset, storedLength: length))
        }
        return blocks
    }

    /// Reads a segment without holding its records.
    ///
    /// - Parameter onRecord: Gets the id of each record, the place of its block in the list that is returned, its offset
    ///   and its length.
    /// - Returns: The blocks.
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged``, after some records where that shows late.
    static func decode(
        _ bytes: [UInt8],
        subject: String,
        onRecord: (RecordID, Int, UInt32, UInt32) -> Void
    ) throws(RepositoryError) -> [BlockLocation] {
        var reader = ByteReader(bytes, subject: subject)
        let blocks = try decodeBlocks(from: &reader)
        for _
            in 0..<(try reader.readCount(
                limit: min(FormatLimits.segmentRecords, reader.remaining / RecordID.sizeInBytes)
            ))
        {
            let id = RecordID(bytes: try reader.read(RecordID.sizeInBytes))
            let block = try reader.readCount(limit: blocks.count)
            let offset = UInt32(try reader.readCount(limit: FormatLimits.payload))
            let length = UInt32(try reader.readCount(limit: FormatLimits.payload))
            guard block < blocks.count else { throw reader.damaged("a record names no block") }
            onRecord(id, block, offset, length)
        }
        guard reader.isAtEnd else { throw reader.damaged("bytes are left over") }
        return blocks
    }
}
