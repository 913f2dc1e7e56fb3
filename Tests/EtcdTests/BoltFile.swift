/// Pages of a bbolt database, put together by hand.
enum BoltFile {
    static let pageSize = 4096

    /// A page header, a meta and its checksum.
    static func metaPage(pageSize: Int = pageSize, number: UInt64 = 0, root: UInt64 = 3, transaction: UInt64 = 9)
        -> [UInt8]
    {
        let header = bytes(number, 8) + bytes(4, 2) + bytes(0, 6)
        let meta =
            bytes(0xED0C_DAED, 4) + bytes(2, 4) + bytes(UInt64(pageSize), 4) + bytes(0, 4)
            + bytes(root, 8) + bytes(0, 8) + bytes(2, 8) + bytes(7, 8) + bytes(transaction, 8)
        var checksum: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in meta {
            checksum = (checksum ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return header + meta + bytes(checksum, 8)
    }

    /// A leaf of as many pages as its elements need.
    static func leaf(_ number: UInt64, _ elements: [(key: [UInt8], value: [UInt8])], buckets: Bool = false) -> [UInt8] {
        let content = leafContent(elements, buckets: buckets)
        let pages = max(1, (16 + content.count + pageSize - 1) / pageSize)
        return padded(header(number, 2, elements.count, overflow: pages - 1) + content, to: pages)
    }

    /// A leaf that lies within the value of its bucket.
    static func inlineLeaf(_ elements: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
        header(0, 2, elements.count, overflow: 0) + leafContent(elements, buckets: false)
    }

    private static func leafContent(_ elements: [(key: [UInt8], value: [UInt8])], buckets: Bool) -> [UInt8] {
        var table: [UInt8] = []
        var data: [UInt8] = []
        for (index, element) in elements.enumerated() {
            let position = (elements.count - index) * 16 + data.count
            table +=
                bytes(buckets ? 1 : 0, 4) + bytes(UInt64(position), 4) + bytes(UInt64(element.key.count), 4)
                + bytes(UInt64(element.value.count), 4)
            data += element.key + element.value
        }
        return table + data
    }

    /// A branch whose elements lead to these pages.
    static func branch(_ number: UInt64, _ children: [UInt64]) -> [UInt8] {
        let table = children.flatMap { bytes(0, 4) + bytes(0, 4) + bytes($0, 8) }
        return padded(header(number, 1, children.count, overflow: 0) + table, to: 1)
    }

    /// A page that belongs to nothing.
    static func blank(_ pages: Int = 1) -> [UInt8] { [UInt8](repeating: 0, count: pages * pageSize) }

    /// What stands for a bucket in the page of the buckets.
    static func bucket(root: UInt64) -> [UInt8] { bytes(root, 8) + bytes(0, 8) }

    /// The key of a change, as etcd writes it.
    static func key(_ revision: UInt64, isDeletion: Bool = false) -> [UInt8] {
        bytes(revision, 8).reversed() + Array("_".utf8) + bytes(0, 8) + (isDeletion ? Array("t".utf8) : [])
    }

    private static func header(_ number: UInt64, _ flags: UInt64, _ count: Int, overflow: Int) -> [UInt8] {
        bytes(number, 8) + bytes(flags, 2) + bytes(UInt64(count), 2) + bytes(UInt64(overflow), 4)
    }

    static func padded(_ page: [UInt8], to pages: Int) -> [UInt8] {
        page + [UInt8](repeating: 0, count: pages * pageSize - page.count)
    }

    private static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
}
