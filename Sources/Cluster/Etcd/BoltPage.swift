/// The start of a page of a bbolt database's B+ trees.
struct BoltPageHeader {
    /// Of the header, in bytes.
    static let size = 16
    /// Of each of the elements that follow it, in bytes.
    static let elementSize = 16
    private static let branchFlag: UInt16 = 0x01
    private static let leafFlag: UInt16 = 0x02

    let number: UInt64
    let isBranch: Bool
    /// How many elements there are.
    let count: Int
    /// How many further pages it goes on for.
    private let overflow: Int

    /// - Returns: `nil` when there is no page of a tree at `offset`.
    init?(_ bytes: [UInt8], at offset: Int) {
        guard bytes.count >= offset + Self.size else { return nil }
        let flags = bytes.littleEndian(UInt16.self, at: offset + 8)
        guard flags == Self.branchFlag || flags == Self.leafFlag else { return nil }
        number = bytes.littleEndian(UInt64.self, at: offset)
        isBranch = flags == Self.branchFlag
        count = Int(bytes.littleEndian(UInt16.self, at: offset + 10))
        overflow = Int(bytes.littleEndian(UInt32.self, at: offset + 12))
    }

    func sizeInBytes(_ pageSize: Int) -> Int { (overflow + 1) * pageSize }
}

/// One of a branch's elements: where a part of the tree lies.
struct BoltBranchElement {
    let page: UInt64

    /// The element must be there.
    init(_ bytes: [UInt8], at offset: Int) { page = bytes.littleEndian(UInt64.self, at: offset + 8) }
}

/// One of a leaf's elements: where a key and its value lie.
struct BoltLeafElement {
    private static let bucketFlag: UInt32 = 0x01

    let isBucket: Bool
    /// From the start of the element, in bytes.
    let keyOffset: Int
    let keySize: Int
    /// The value follows the key.
    let valueSize: Int

    /// The element must be there.
    init(_ bytes: [UInt8], at offset: Int) {
        isBucket = bytes.littleEndian(UInt32.self, at: offset) & Self.bucketFlag != 0
        keyOffset = Int(bytes.littleEndian(UInt32.self, at: offset + 4))
        keySize = Int(bytes.littleEndian(UInt32.self, at: offset + 8))
        valueSize = Int(bytes.littleEndian(UInt32.self, at: offset + 12))
    }
}
