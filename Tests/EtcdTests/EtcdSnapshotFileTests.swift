import Testing

@testable import Etcd

@Suite("Etcd snapshot file")
struct EtcdSnapshotFileTests {
    @Test("The first meta page tells the page size", arguments: [512, 4096, 8192, 16384, 65536])
    func firstMetaPage(pageSize: Int) {
        #expect(EtcdSnapshotFile.pageSize(ofHeader: Self.metaPage(pageSize: pageSize)) == pageSize)
    }

    @Test("The second meta page tells it where the first is damaged", arguments: [4096, 16384, 65536])
    func secondMetaPage(pageSize: Int) {
        var first = Self.metaPage(pageSize: pageSize)
        first[60] ^= 1
        let filler = [UInt8](repeating: 0, count: pageSize - first.count)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: first) == nil)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: first + filler + Self.metaPage(pageSize: pageSize)) == pageSize)
    }

    @Test("Anything else has no page size")
    func notADatabase() {
        #expect(EtcdSnapshotFile.pageSize(ofHeader: []) == nil)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: Array(Self.metaPage(pageSize: 4096).dropLast())) == nil)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: [UInt8](repeating: 0, count: 1 << 17)) == nil)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: Self.metaPage(pageSize: 4097)) == nil)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: Self.metaPage(pageSize: 1 << 20)) == nil)
    }

    /// A page header, a meta and its checksum.
    private static func metaPage(pageSize: Int) -> [UInt8] {
        func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        }
        let header = bytes(0, 8) + bytes(4, 2) + bytes(0, 6)
        let meta =
            bytes(0xED0C_DAED, 4) + bytes(2, 4) + bytes(UInt64(pageSize), 4) + bytes(0, 4)
            + bytes(3, 8) + bytes(0, 8) + bytes(2, 8) + bytes(7, 8) + bytes(9, 8)
        var checksum: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in meta {
            checksum = (checksum ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return header + meta + bytes(checksum, 8)
    }
}
