import Foundation
import FuzzTestSupport
import ObjectStore
import Synchronization
import Testing

@testable import Repository

@Suite("Reading the index of chunks")
struct CachedIndexTests {
    private static let length = 300_000

    private func backUp(_ data: [UInt8], as name: String, _ fixture: RepositoryFixture) async throws -> WriteStatistics
    {
        try await fixture.backUpStream(data, chunks: Self.length, as: name).snapshot.statistics
    }

    private func segmentReads(_ store: FaultyStore, since start: Int) -> Int {
        store.requests[start...].count { request in
            if case .get(let key) = request { key.rawValue.hasPrefix(ChunkIndex.prefix) } else { false }
        }
    }

    @Test("Segments are read once, verified, and read again where the cache is spoilt")
    func cached() async throws {
        let made = try await RepositoryFixture()
        let cache = TestCache()
        func fixture(_ cache: TestCache) async throws -> RepositoryFixture {
            made.with(try await Repository.open(made.store, key: made.key, cache: cache))
        }
        var random = SeededGenerator(state: 41)
        let data = random.bytes(4 * Self.length)
        _ = try await backUp(data, as: "one", made)
        _ = try await backUp(random.bytes(Self.length), as: "other", fixture(cache))
        for (name, reads) in [("two", 0), ("three", 0)] {
            let start = made.store.requests.count
            #expect(try await backUp(data, as: name, fixture(cache)).newRecords == 0)
            #expect(segmentReads(made.store, since: start) == reads, "\(name)")
        }
        cache.change { _, bytes in if !bytes.isEmpty { bytes[bytes.count / 2] ^= 1 } }
        for (name, reads) in [("four", 2), ("five", 0)] {
            let start = made.store.requests.count
            #expect(try await backUp(data, as: name, fixture(cache)).newRecords == 0)
            #expect(segmentReads(made.store, since: start) == reads, "\(name)")
        }
        let start = made.store.requests.count
        #expect(try await backUp(data, as: "six", fixture(TestCache())).newRecords == 0)
        #expect(segmentReads(made.store, since: start) == 2)
    }

    @Test("Four segments are read at once")
    func concurrent() async throws {
        let fixture = try await RepositoryFixture()
        var random = SeededGenerator(state: 42)
        var data: [UInt8] = []
        for number in 0..<8 {
            let chunk = random.bytes(Self.length)
            _ = try await backUp(chunk, as: "one-\(number)", fixture)
            data += chunk
        }
        let reads = Mutex((running: 0, most: 0))
        fixture.store.onRequest { request in
            guard case .get(let key) = request, key.rawValue.hasPrefix(ChunkIndex.prefix) else { return }
            reads.withLock { reads in
                reads.running += 1
                reads.most = max(reads.most, reads.running)
            }
            // Gives the others time to come, but does not wait for ever for those that do not.
            for _ in 0..<10_000 where reads.withLock({ $0.most < 4 }) { await Task.yield() }
            for _ in 0..<100 { await Task.yield() }
            reads.withLock { $0.running -= 1 }
        }
        #expect(try await backUp(data, as: "all", fixture).newRecords == 0)
        #expect(reads.withLock { $0.most } == 4)
    }
}
