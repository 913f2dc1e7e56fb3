/// Rows of a layer in the form in which they are stored: columns, so that each compresses with its like.
///
/// Version (1 byte), number of rows; for each row the length of the prefix that its key shares with the key before and
/// the length of the rest; the rests; a byte for each row, 0 present or 1 removed; the ids of the present rows (16 bytes
/// each); the packs (number, 16 bytes each); the blocks (number; for each its pack's place in that list, number, kind,
/// offset, stored length); then for each present row the place of its block relative to the row before, the offset of
/// its record relative to the end of the record before (to 0 in another block), and the record's length. Numbers are of
/// variable length, relative ones zigzag.
enum ManifestPage {
    private static let version: UInt8 = 1

    static func encode(_ rows: [ManifestChange]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(version)
        writer.write(count: rows.count)
        var suffixes: [UInt8] = []
        var previous: ManifestKey = []
        for row in rows {
            let key = row.key
            var shared = 0
            let most = min(key.count, previous.count)
            while shared < most && key[shared] == previous[shared] { shared += 1 }
            writer.write(count: shared)
            writer.write(count: key.count - shared)
            suffixes.append(contentsOf: key[shared...])
            previous = key
        }
        writer.write(suffixes)
        let present = rows.compactMap { row -> ManifestEntry? in
            if case .present(let entry) = row { entry } else { nil }
        }
        for row in rows {
            if case .present = row { writer.write(0) } else { writer.write(1) }
        }
        for entry in present { writer.write(entry.id.bytes) }
        encodeLocations(present.map(\.location), into: &writer)
        return writer.bytes
    }

    private static func encodeLocations(_ locations: [RecordLocation], into writer: inout ByteWriter) {
        var packs: [PackID] = []
        var packPlaces: [PackID: Int] = [:]
        var blocks: [BlockLocation] = []
        var blockPlaces: [BlockLocation: Int] = [:]
        var lastBlock: BlockLocation?
        for block in locations.lazy.map(\.block) where block != lastBlock {
            lastBlock = block
            if blockPlaces[block] != nil { continue }
            blockPlaces[block] = blocks.count
            blocks.append(block)
            if packPlaces[block.pack] == nil {
                packPlaces[block.pack] = packs.count
                packs.append(block.pack)
            }
        }
        writer.write(count: packs.count)
        for pack in packs { writer.write(pack.bytes) }
        writer.write(count: blocks.count)
        for block in blocks {
            writer.write(count: packPlaces[block.pack] ?? 0)
            writer.write(variable: UInt64(block.number))
            writer.write(block.kind.rawValue)
            writer.write(variable: block.offset)
            writer.write(variable: UInt64(block.storedLength))
        }
        var place = 0
        var end = 0
        for location in locations {
            let next = blockPlaces[location.block] ?? 0
            writer.write(zigzag: next - place)
            if next != place { end = 0 }
            writer.write(zigzag: Int(location.offset) - end)
            writer.write(variable: UInt64(location.length))
            place = next
            end = Int(location.offset) + Int(location.length)
        }
    }

    static func decode(_ bytes: [UInt8], subject: String) throws(RepositoryError) -> [ManifestChange] {
        var reader = ByteReader(bytes, subject: subject)
        guard try reader.readByte() == version else { throw reader.damaged("its version is unknown") }
        let count = try reader.readCount(limit: FormatLimits.pageRows)
        var lengths: [(shared: Int, rest: Int)] = []
        lengths.reserveCapacity(count)
        for _ in 0..<count {
            let shared = try reader.readCount(limit: FormatLimits.key)
            lengths.append((shared, try reader.readCount(limit: FormatLimits.key - shared)))
        }
        var keys: [ManifestKey] = []
        keys.reserveCapacity(count)
        for length in lengths {
            let previous = keys.last ?? []
            guard length.shared <= previous.count else { throw reader.damaged("a key shares more than there is") }
            let key = previous[..<length.shared] + (try reader.read(length.rest))
            guard keys.isEmpty || previous.isBefore(Array(key)) else { throw reader.damaged("its keys are not sorted") }
            keys.append(Array(key))
        }
        let flags = Array(try reader.read(count))
        guard flags.allSatisfy({ $0 <= 1 }) else { throw reader.damaged("a row is neither present nor removed") }
        let presentCount = flags.count { $0 == 0 }
        var ids: [RecordID] = []
        ids.reserveCapacity(presentCount)
        for _ in 0..<presentCount { ids.append(RecordID(bytes: try reader.read(RecordID.sizeInBytes))) }
        let locations = try decodeLocations(presentCount, from: &reader)
        guard reader.isAtEnd else { throw reader.damaged("bytes are left over") }
        var next = 0
        return zip(keys, flags).map { key, flag in
            guard flag == 0 else { return .removed(key) }
            defer { next += 1 }
            return .present(ManifestEntry(key: key, id: ids[next], location: locations[next]))
        }
    }

    private static func decodeLocations(
        _ count: Int,
        from reader: inout ByteReader
    ) throws(RepositoryError) -> [RecordLocation] {
        var packs: [PackID] = []
        for _ in 0..<(try reader.readCount(limit: count)) {
            packs.append(PackID(bytes: try reader.read(PackID.sizeInBytes)))
        }
        var blocks: [BlockLocation] = []
        for _ in 0..<(try reader.readCount(limit: count)) {
            let pack = try reader.readCount(limit: Int(UInt32.max))
            let number = UInt32(try reader.readCount(limit: Int(UInt32.max)))
            let kind = BlockKind(rawValue: try reader.readByte())
            let offset = try reader.readVariable()
            let length = UInt32(try reader.readCount(limit: Int(UInt32.max)))
            guard pack < packs.count, let kind, offset <= UInt64(UInt32.max) else {
                throw reader.damaged("a block is impossible")
            }
            blocks.append(
                BlockLocation(pack: packs[pack], number: number, kind: kind, offset: offset, storedLength: length)
            )
        }
        var locations: [RecordLocation] = []
        locations.reserveCapacity(count)
        var place = 0
        var end = 0
        for _ in 0..<count {
            let (next, overflow) = place.addingReportingOverflow(try reader.readZigzag())
            guard !overflow, blocks.indices.contains(next) else { throw reader.damaged("a row names no block") }
            if next != place { end = 0 }
            let (offset, offsetOverflow) = end.addingReportingOverflow(try reader.readZigzag())
            let length = try reader.readCount(limit: FormatLimits.payload)
            guard !offsetOverflow, (0...FormatLimits.payload).contains(offset) else {
                throw reader.damaged("a record lies outside its block")
            }
            locations.append(RecordLocation(block: blocks[next], offset: UInt32(offset), length: UInt32(length)))
            place = next
            end = offset + length
        }
        return locations
    }
}
