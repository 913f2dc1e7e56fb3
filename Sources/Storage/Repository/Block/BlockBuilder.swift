/// Gathers records into a block.
struct BlockBuilder {
    let kind: BlockKind
    private var bytes: [UInt8] = []
    private var records: [(id: RecordID, length: Int)] = []
    private(set) var pending = PendingBlock()

    init(kind: BlockKind) { self.kind = kind }

    var isEmpty: Bool { records.isEmpty }

    var isFull: Bool { bytes.count >= RawBlock.targetSize }

    /// Whether a record of `length` bytes should begin a new block: a large one is not mixed with small ones, so that
    /// reading a small one stays cheap.
    func shouldClose(before length: Int) -> Bool {
        !isEmpty && bytes.count + length > RawBlock.targetSize + RawBlock.targetSize / 4
    }

    /// Adds a record and returns its offset in the block.
    mutating func append(_ record: ArraySlice<UInt8>, id: RecordID) -> UInt32 {
        let offset = UInt32(bytes.count)
        if bytes.isEmpty, record.count >= RawBlock.targetSize {
            // A chunk that fills a block alone is not copied where it is all of its array.
            bytes = Array(record)
        } else {
            if bytes.isEmpty { bytes.reserveCapacity(RawBlock.targetSize + RawBlock.targetSize / 4) }
            bytes.append(contentsOf: record)
        }
        records.append((id, record.count))
        return offset
    }

    /// Takes the block out and begins the next.
    mutating func close() -> RawBlock {
        let block = RawBlock(kind: kind, bytes: bytes, records: records, pending: pending)
        bytes = []
        records = []
        pending = PendingBlock()
        return block
    }
}
