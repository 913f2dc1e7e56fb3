import Testing

@testable import Etcd

@Suite("Etcd snapshot file")
struct EtcdSnapshotFileTests {
    @Test("The first meta page tells the page size", arguments: [512, 4096, 8192, 16384, 65536])
    func firstMetaPage(pageSize: Int) {
        #expect(EtcdSnapshotFile.pageSize(ofHeader: BoltFile.metaPage(pageSize: pageSize)) == pageSize)
    }

    @Test("The second meta page tells it where the first is damaged", arguments: [4096, 16384, 65536])
    func secondMetaPage(pageSize: Int) {
        var first = BoltFile.metaPage(pageSize: pageSize)
        first[60] ^= 1
        let filler = [UInt8](repeating: 0, count: pageSize - first.count)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: first) == nil)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: first + filler + BoltFile.metaPage(pageSize: pageSize)) == pageSize)
    }

    @Test("Anything else has no page size")
    func notADatabase() {
        #expect(EtcdSnapshotFile.pageSize(ofHeader: []) == nil)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: Array(BoltFile.metaPage(pageSize: 4096).dropLast())) == nil)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: [UInt8](repeating: 0, count: 1 << 17)) == nil)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: BoltFile.metaPage(pageSize: 4097)) == nil)
        #expect(EtcdSnapshotFile.pageSize(ofHeader: BoltFile.metaPage(pageSize: 1 << 20)) == nil)
    }
}
