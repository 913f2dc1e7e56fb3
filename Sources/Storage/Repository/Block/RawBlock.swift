/// A group of records on its way into a pack, still as plain bytes.
struct RawBlock: Sendable {
    /// The size that a block of small records grows to, in bytes before compression: beyond it, Kubernetes objects
    /// hardly compress better, and reading one of them costs more.
    static let targetSize = 256 << 10

    let kind: BlockKind
    let bytes: [UInt8]
    /// The records in the order of their bytes; empty for manifest pages.
    let records: [(id: RecordID, length: Int)]
    let pending: PendingBlock
    /// The bytes as they are packed, where they were taken out of another pack.
    var payload: [UInt8]?
}
