/// A hash table from record id to location, in about 52 bytes a record, blocks included.
///
/// Records lie in columns, in the order in which they came; `slots` finds them by open addressing. Ids are hashes, so
/// their low bits serve as one.
struct ChunkTable: Sendable {
    private struct Block: Sendable {
        let pack: UInt32
        let number: UInt32
        let offset: UInt32
        let storedLength: UInt32
    }

    private struct Record: Sendable {
        let high: UInt64
        let low: UInt64
        let block: UInt32
        let offset: UInt32
        let length: UInt32
    }

    /// Pages, so that a growing table is never copied whole.
    private struct Column<Element: Sendable>: Sendable {
        private static var pageShift: Int { 14 }
        private var pages: [[Element]] = []
        private(set) var count = 0

        subscript(index: Int) -> Element {
            pages[index >> Self.pageShift][index & ((1 << Self.pageShift) - 1)]
        }

        mutating func append(_ element: Element) {
            if count == pages.count << Self.pageShift {
                var page: [Element] = []
                page.reserveCapacity(1 << Self.pageShift)
                pages.append(page)
            }
            pages[pages.count - 1].append(element)
            count += 1
        }
    }

    private var packs: [PackID] = []
    private var packPlaces: [PackID: UInt32] = [:]
    private var blocks = Column<Block>()
    private var records = Column<Record>()
    /// Places in `records` plus one; 0 is free.
    private var slots = [UInt32](repeating: 0, count: 1024)

    var count: Int { records.count }

    /// Takes a block in, for ``insert(_:block:offset:length:)``.
    ///
    /// - Returns: Its place.
    mutating func add(_ block: BlockLocation) -> Int {
        let pack: UInt32
        if let known = packPlaces[block.pack] {
            pack = known
        } else {
            pack = UInt32(packs.count)
            packs.append(block.pack)
            packPlaces[block.pack] = pack
        }
        blocks.append(
            Block(
                pack: pack,
                number: block.number,
                offset: UInt32(block.offset),
                storedLength: block.storedLength
            )
        )
        return blocks.count - 1
    }

    /// Takes a record in, unless there is one of that id.
    ///
    /// - Returns: Whether it is new.
    @discardableResult
    mutating func insert(_ id: RecordID, block: Int, offset: UInt32, length: UInt32) -> Bool {
        if (records.count + 1) * 4 > slots.count * 3 { grow() }
        let slot = slot(of: id)
        guard slots[slot] == 0 else { return false }
        records.append(Record(high: id.high, low: id.low, block: UInt32(block), offset: offset, length: length))
        slots[slot] = UInt32(records.count)
        return true
    }

    func location(of id: RecordID) -> RecordLocation? {
        let place = slots[slot(of: id)]
        return place == 0 ? nil : location(ofRecord: Int(place) - 1)
    }

    /// A record by its place, in the order in which records came.
    func record(at place: Int) -> (id: RecordID, location: RecordLocation) {
        (RecordID(high: records[place].high, low: records[place].low), location(ofRecord: place))
    }

    private func location(ofRecord place: Int) -> RecordLocation {
        let record = records[place]
        let block = blocks[Int(record.block)]
        return RecordLocation(
            block: BlockLocation(
                pack: packs[Int(block.pack)],
                number: block.number,
                kind: .chunks,
                offset: UInt64(block.offset),
                storedLength: block.storedLength
            ),
            offset: record.offset,
            length: record.length
        )
    }

    /// The slot that holds `id`, or the free one where it belongs.
    private func slot(of id: RecordID) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: id.low) & mask
        while slots[slot] != 0 {
            let record = records[Int(slots[slot]) - 1]
            if record.high == id.high, record.low == id.low { break }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for place in 0..<records.count {
            var slot = Int(truncatingIfNeeded: records[place].low) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(place + 1)
        }
    }
}
