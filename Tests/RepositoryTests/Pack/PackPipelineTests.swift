import ObjectStore
import Testing

@testable import Repository

@Suite("The pipeline of packs", .timeLimit(.minutes(5)))
struct PackPipelineTests {
    private static let blockSize = 1 << 20
    private static let packCount = 8

    @Test("A slow store slows the source down: no more than three packs are in memory")
    func slowStore() async throws {
        let fixture = try await RepositoryFixture()
        let pipeline = PackPipeline(store: fixture.store, keys: fixture.repository.keys, chunkIndex: nil, cached: nil)
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<Self.blockSize).map { _ in UInt8.random(in: 0...255, using: &random) }
        let total = Self.packCount * OpenPack.targetSize
        fixture.store.onRequest { request in
            guard case .put = request else { return }
            func inMemory() -> Int { pipeline.statistics.newRecordBytes - pipeline.statistics.storedBytes }
            // While packs are stored, another is filled, as far as there is something to fill it with.
            while inMemory() < 2 * OpenPack.targetSize, pipeline.statistics.newRecordBytes < total - OpenPack.targetSize
            {
                try Task.checkCancellation()
                await Task.yield()
            }
            for _ in 0..<1000 { await Task.yield() }
            #expect(inMemory() <= 3 * OpenPack.targetSize)
        }
        try await pipeline.run {
            for number in 0..<(total / Self.blockSize) {
                let record = RecordID(of: bytes[..<(number + 1)], keys: fixture.repository.keys)
                let block = RawBlock(
                    kind: .chunks,
                    bytes: bytes,
                    records: [(record, bytes.count)],
                    pending: PendingBlock()
                )
                try await pipeline.submit(block)
            }
        }
        #expect(pipeline.statistics.newRecordBytes == total)
        #expect(pipeline.statistics.storedBytes > total)
        #expect(pipeline.storedPacks.count == pipeline.statistics.storedObjects)
    }
}
