/// One of the two pages at the start of a bbolt database that say where everything else is.
///
/// All numbers are in the byte order of the machine that wrote them: little-endian on every platform etcd supports in
/// production.
struct BoltMetaPage {
    static let magic: UInt32 = 0xED0C_DAED
    static let version: UInt32 = 2
    private static let metaFlag: UInt16 = 0x04
    /// The page's own header: id, flags, count, overflow.
    private static let pageHeaderSize = 16
    /// Magic number through transaction id: what the checksum covers.
    private static let checkedSize = 56

    let pageSize: Int
    let rootPage: UInt64
    let transaction: UInt64

    /// - Returns: `nil` when there is no valid meta page at `offset`.
    init?(_ bytes: [UInt8], at offset: Int) {
        let start = offset + Self.pageHeaderSize
        guard bytes.count >= start + Self.checkedSize + 8 else { return nil }
        guard
            bytes.littleEndian(UInt16.self, at: offset + 8) & Self.metaFlag != 0,
            bytes.littleEndian(UInt32.self, at: start) == Self.magic,
            bytes.littleEndian(UInt32.self, at: start + 4) == Self.version
        else { return nil }
        let checksum = bytes.littleEndian(UInt64.self, at: start + Self.checkedSize)
        guard checksum == 0 || checksum == fnv1a(bytes[start..<start + Self.checkedSize]) else { return nil }
        let pageSize = Int(bytes.littleEndian(UInt32.self, at: start + 8))
        guard (512...65536).contains(pageSize), pageSize.nonzeroBitCount == 1 else { return nil }
        self.pageSize = pageSize
        self.rootPage = bytes.littleEndian(UInt64.self, at: start + 16)
        self.transaction = bytes.littleEndian(UInt64.self, at: start + 48)
    }
}

extension Array<UInt8> {
    /// The number whose least significant byte is at `offset`.
    ///
    /// The caller has checked that it is there.
    func littleEndian<Integer: FixedWidthInteger & UnsignedInteger>(_ type: Integer.Type, at offset: Int) -> Integer {
        var value: Integer = 0
        for index in (0..<Integer.bitWidth / 8).reversed() {
            value = value << 8 | Integer(self[offset + index])
        }
        return value
    }
}

/// The 64-bit FNV-1a hash, which bbolt uses for its meta pages.
private func fnv1a(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
