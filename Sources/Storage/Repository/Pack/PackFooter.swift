/// The table of contents at the end of a pack: every block, and every record in it.
///
/// Plaintext, before it is wrapped and sealed: version (1 byte), number of blocks; for each block its kind (1 byte),
/// stored length and number of records; then for each record of each block its id (16 bytes) and length. Numbers are
/// variable-length. Offsets are not stored: blocks follow one another from the end of the header, records from the
/// start of their block.
struct PackFooter: Sendable {
    struct Block: Sendable {
        let kind: BlockKind
        let storedLength: UInt32
        let records: [(id: RecordID, length: Int)]
    }

    static let header: [UInt8] = Array("KBPACK".utf8) + [0, 1]
    /// What follows the footer's length: 32 zero bits, magic.
    static let trailerEnd: [UInt8] = [0, 0, 0, 0] + Array("KBPKEND".utf8) + [1]
    /// Footer length (32 bits), 32 zero bits, magic.
    static let trailerSize = 16
    private static let version: UInt8 = 1

    var blocks: [Block] = []

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.version)
        writer.write(count: blocks.count)
        for block in blocks {
            writer.write(block.kind.rawValue)
            writer.write(variable: UInt64(block.storedLength))
            writer.write(count: block.records.count)
        }
        for record in blocks.lazy.flatMap(\.records) {
            writer.write(record.id.bytes)
            writer.write(count: record.length)
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8], pack: PackID) throws(RepositoryError) -> PackFooter {
        var reader = ByteReader(bytes, subject: "The footer of pack \(pack)")
        guard try reader.readByte() == version else { throw reader.damaged("its version is unknown") }
        let count = try reader.readCount(limit: min(FormatLimits.footerEntries, reader.remaining))
        var heads: [(kind: BlockKind, storedLength: UInt32, records: Int)] = []
        heads.reserveCapacity(count)
        for _ in 0..<count {
            guard let kind = BlockKind(rawValue: try reader.readByte()) else {
                throw reader.damaged("a kind is unknown")
            }
            let length = UInt32(try reader.readCount(limit: Int(UInt32.max)))
            heads.append((kind, length, try reader.readCount(limit: min(FormatLimits.footerEntries, reader.remaining))))
        }
        var footer = PackFooter()
        for head in heads {
            guard head.records <= reader.remaining / (RecordID.sizeInBytes + 1) else {
                throw reader.damaged("it lists more records than it can hold")
            }
            var records: [(id: RecordID, length: Int)] = []
            records.reserveCapacity(head.records)
            for _ in 0..<head.records {
                let id = RecordID(bytes: try reader.read(RecordID.sizeInBytes))
                records.append((id, try reader.readCount(limit: FormatLimits.payload)))
            }
            footer.blocks.append(Block(kind: head.kind, storedLength: head.storedLength, records: records))
        }
        guard reader.isAtEnd else { throw reader.damaged("bytes are left over") }
        return footer
    }

    /// Where the blocks end, in bytes from the start of the pack.
    var end: UInt64 { blocks.reduce(UInt64(Self.header.count)) { $0 + UInt64($1.storedLength) } }

    /// Where each block lies: they follow one another from the end of the header.
    func locations(in pack: PackID) -> [BlockLocation] {
        var offset = UInt64(Self.header.count)
        return blocks.enumerated().map { number, block in
            defer { offset += UInt64(block.storedLength) }
            return BlockLocation(
                pack: pack,
                number: UInt32(number),
                kind: block.kind,
                offset: offset,
                storedLength: block.storedLength
            )
        }
    }
}
