import ObjectStore

/// Where the blocks of a pack are now that was written anew without what no backup needs: the object
/// `packs/<2 hex>/<id>.relocation`, an ``Envelope``.
///
/// Manifests go on naming the old places. A reader that finds the pack gone reads the new block, and puts its records
/// where they were in the old one.
struct Relocation: Sendable, Equatable {
    /// Neighbouring records of an old block, in bytes of that block.
    struct Run: Sendable, Equatable {
        let offset: UInt32
        let length: UInt32
    }

    /// What became of one block.
    struct Entry: Sendable, Equatable {
        let old: BlockLocation
        let new: BlockLocation
        /// Of the old block, expanded, in bytes.
        let size: UInt32
        /// Where its runs begin in the new block, one after the other, in bytes.
        let start: UInt32
        /// What was taken over, in order; `nil` for all of it.
        let runs: [Run]?
    }

    let pack: PackID
    /// In the order of the old numbers.
    let entries: [Entry]

    static let suffix = ".relocation"
    private static let version: UInt8 = 1

    static func key(_ pack: PackID) -> ObjectKey { ObjectKey(pack.key.rawValue + suffix) }

    /// What became of a block; `nil` when it was left out.
    func entry(for block: BlockLocation) -> Entry? {
        let place = entries.indices.partitionPoint { entries[$0].old.number < block.number }
        return place < entries.count && entries[place].old == block ? entries[place] : nil
    }

    /// The packs that it names.
    var targets: Set<PackID> { Set(entries.lazy.map(\.new.pack)) }

    /// What it takes in memory, about, in bytes.
    var cost: Int { entries.reduce(256) { $0 + MemoryLayout<Entry>.stride + ($1.runs?.count ?? 0) * 8 } }

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.version)
        let packs = targets.sorted()
        let places = Dictionary(uniqueKeysWithValues: zip(packs, packs.indices))
        writer.write(count: packs.count)
        for pack in packs { writer.write(pack.bytes) }
        writer.write(count: entries.count)
        for entry in entries {
            writer.write(variable: UInt64(entry.old.number))
            writer.write(entry.old.kind.rawValue)
            writer.write(variable: entry.old.offset)
            writer.write(variable: UInt64(entry.old.storedLength))
            writer.write(variable: UInt64(entry.size))
            writer.write(count: places[entry.new.pack] ?? 0)
            writer.write(variable: UInt64(entry.new.number))
            writer.write(variable: entry.new.offset)
            writer.write(variable: UInt64(entry.new.storedLength))
            writer.write(variable: UInt64(entry.start))
            writer.write(count: entry.runs?.count ?? 0)
            var end: UInt32 = 0
            for run in entry.runs ?? [] {
                writer.write(variable: UInt64(run.offset - end))
                writer.write(variable: UInt64(run.length))
                end = run.offset + run.length
            }
        }
        return writer.bytes
    }

    init(pack: PackID, entries: [Entry]) {
        self.pack = pack
        self.entries = entries
    }

    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged``.
    init(decoding bytes: [UInt8], of pack: PackID) throws(RepositoryError) {
        var reader = ByteReader(bytes, subject: "Object '\(Self.key(pack))'")
        guard try reader.readByte() == Self.version else { throw reader.damaged("its version is unknown") }
        var packs: [PackID] = []
        for _ in 0..<(try reader.readCount(limit: reader.remaining / PackID.sizeInBytes)) {
            packs.append(PackID(bytes: try reader.read(PackID.sizeInBytes)))
        }
        var entries: [Entry] = []
        for _ in 0..<(try reader.readCount(limit: min(FormatLimits.footerEntries, reader.remaining))) {
            let entry = try Self.decodeEntry(from: &reader, of: pack, packs)
            guard entries.last.map({ $0.old.number < entry.old.number }) ?? true else {
                throw reader.damaged("its blocks are not sorted")
            }
            entries.append(entry)
        }
        guard reader.isAtEnd else { throw reader.damaged("bytes are left over") }
        self.init(pack: pack, entries: entries)
    }

    private static func decodeEntry(
        from reader: inout ByteReader,
        of pack: PackID,
        _ packs: [PackID]
    ) throws(RepositoryError) -> Entry {
        let number = UInt32(try reader.readCount(limit: FormatLimits.footerEntries))
        guard let kind = BlockKind(rawValue: try reader.readByte()) else { throw reader.damaged("a kind is unknown") }
        let old = BlockLocation(
            pack: pack,
            number: number,
            kind: kind,
            offset: UInt64(try reader.readCount(limit: Int(UInt32.max))),
            storedLength: UInt32(try reader.readCount(limit: FormatLimits.sealedPayload))
        )
        let size = UInt32(try reader.readCount(limit: FormatLimits.payload))
        let place = try reader.readCount(limit: packs.count)
        guard place < packs.count else { throw reader.damaged("a block is in no pack") }
        let new = BlockLocation(
            pack: packs[place],
            number: UInt32(try reader.readCount(limit: FormatLimits.footerEntries)),
            kind: kind,
            offset: UInt64(try reader.readCount(limit: Int(UInt32.max))),
            storedLength: UInt32(try reader.readCount(limit: FormatLimits.sealedPayload))
        )
        let start = UInt32(try reader.readCount(limit: FormatLimits.payload))
        let count = try reader.readCount(limit: reader.remaining / 2)
        var runs: [Run] = []
        var end = 0
        for _ in 0..<count {
            let offset = end + (try reader.readCount(limit: FormatLimits.payload))
            let length = try reader.readCount(limit: FormatLimits.payload)
            end = offset + length
            guard end <= Int(size) else { throw reader.damaged("a run lies outside its block") }
            runs.append(Run(offset: UInt32(offset), length: UInt32(length)))
        }
        return Entry(old: old, new: new, size: size, start: start, runs: count > 0 ? runs : nil)
    }
}

extension Relocation.Entry {
    /// Where a record of the old block lies in the new one, in bytes; `nil` when it was left out.
    func place(ofRecordAt offset: UInt32, length: UInt32) -> UInt32? {
        let end = Int(offset) + Int(length)
        guard end <= Int(size) else { return nil }
        guard let runs else { return start + offset }
        // A record without bytes is nowhere, and everywhere.
        if length == 0 { return start }
        var place = start
        for run in runs {
            if offset >= run.offset, end <= Int(run.offset) + Int(run.length) { return place + (offset - run.offset) }
            place += run.length
        }
        return nil
    }

    /// The old block, out of the new one: what was left out is zeros.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged`` when the new block is too short.
    func expand(_ block: [UInt8]) throws(RepositoryError) -> [UInt8] {
        let taken = runs?.reduce(0) { $0 + Int($1.length) } ?? Int(size)
        guard Int(start) + taken <= block.count else {
            throw RepositoryError(
                .damaged,
                "Block \(new.number) of pack \(new.pack) is shorter than '\(Relocation.key(old.pack))' says."
            )
        }
        guard let runs else {
            return start == 0 && block.count == taken ? block : Array(block[Int(start)..<(Int(start) + taken)])
        }
        var expanded = [UInt8](repeating: 0, count: Int(size))
        var place = Int(start)
        for run in runs {
            let (from, length) = (Int(run.offset), Int(run.length))
            expanded.replaceSubrange(from..<(from + length), with: block[place..<(place + length)])
            place += length
        }
        return expanded
    }
}
