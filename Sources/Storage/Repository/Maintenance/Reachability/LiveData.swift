/// What the backups of a repository refer to: each block and each record of it once, however many backups share it.
///
/// Takes some 12 bytes a record, and 100 a block.
struct LiveData: Sendable {
    struct Record: Sendable, Equatable {
        let offset: UInt32
        let length: UInt32
        /// The end of its id: enough to tell a record from another one in its place.
        let check: UInt32

        private init(offset: UInt32, length: UInt32, check: UInt32) {
            self.offset = offset
            self.length = length
            self.check = check
        }

        /// The same record in another block.
        func moved(to offset: UInt32) -> Record { Record(offset: offset, length: length, check: check) }

        func isRecord(_ id: RecordID, length: Int) -> Bool {
            Int(self.length) == length && check == UInt32(truncatingIfNeeded: id.low)
        }

        init(_ entry: ManifestEntry) {
            offset = entry.location.offset
            length = entry.location.length
            check = UInt32(truncatingIfNeeded: entry.id.low)
        }
    }

    /// By block, the records that are referred to, in the order of their offsets; none in manifest pages.
    typealias Blocks = [BlockLocation: [Record]]

    private(set) var packs: [PackID: Blocks] = [:]
    private(set) var recordCount = 0
    private(set) var recordBytes = 0
    private(set) var blockCount = 0
    /// Of the blocks, as they are stored, in bytes.
    private(set) var storedBytes = 0

    func contains(_ pack: PackID) -> Bool { packs[pack] != nil }

    /// Adds a page of a manifest.
    ///
    /// - Returns: Whether it was not there yet.
    mutating func insert(page block: BlockLocation) -> Bool {
        guard packs[block.pack]?[block] == nil else { return false }
        merge([], into: block)
        return true
    }

    /// Adds the records that rows of a manifest name.
    mutating func insert(_ rows: [ManifestChange]) {
        var block: BlockLocation?
        var run: [Record] = []
        for row in rows {
            guard case .present(let entry) = row else { continue }
            if entry.location.block != block {
                if let block { merge(run, into: block) }
                run = []
                block = entry.location.block
            }
            run.append(Record(entry))
        }
        if let block { merge(run, into: block) }
    }

    /// Adds records of a block, or a manifest page without any.
    ///
    /// - Returns: Whether something of it was not there yet.
    mutating func insert(_ records: [Record], of block: BlockLocation) -> Bool {
        let isNew = packs[block.pack]?[block] == nil
        let before = recordCount
        merge(records, into: block)
        return isNew || recordCount > before
    }

    private mutating func merge(_ run: [Record], into block: BlockLocation) {
        let isKnown = packs[block.pack]?[block] != nil
        if !isKnown {
            blockCount += 1
            storedBytes += Int(block.storedLength)
        }
        let sorted = run.sorted { $0.offset < $1.offset }
        let added = Self.merge(sorted, into: &packs[block.pack, default: [:]][block, default: []])
        recordCount += added.records
        recordBytes += added.bytes
    }

    /// Both are sorted; equal ones are kept once.
    private static func merge(_ new: [Record], into old: inout [Record]) -> (records: Int, bytes: Int) {
        var merged: [Record] = []
        var place = 0
        var added = (records: 0, bytes: 0)
        for record in new {
            while place < old.count, old[place].offset < record.offset {
                merged.append(old[place])
                place += 1
            }
            var twin = place
            var isKnown = merged.last == record
            while !isKnown, twin < old.count, old[twin].offset == record.offset {
                isKnown = old[twin] == record
                twin += 1
            }
            if isKnown { continue }
            merged.append(record)
            added = (added.records + 1, added.bytes + Int(record.length))
        }
        if added.records > 0 { old = merged + old[place...] }
        return added
    }
}
