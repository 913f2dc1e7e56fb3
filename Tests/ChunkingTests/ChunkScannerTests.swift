import Chunking
import Testing

@Suite("Chunk scanner")
struct ChunkScannerTests {
    @Test(
        "A stream in pieces is cut where it would be cut whole",
        arguments: [1, 7, 255, 256, 300, 1024, 4096, 5000, 100_000],
        [0, 255, 256, 257, 4096, 60_000]
    )
    func pieces(pieceSize: Int, count: Int) {
        var state: UInt64 = 11
        func next() -> UInt64 {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return state &* 2_685_821_657_736_338_717
        }
        let chunker = ContentDefinedChunker(
            sizes: ContentDefinedChunker.Sizes(minimum: 256, expected: 1024, maximum: 4096),
            gearTable: (0..<256).map { _ in next() }
        )
        // A stretch without variety, which is cut at the largest size, lies between two with it.
        let data = (0..<count).map { $0 / 20_000 == 1 ? 0 : UInt8(truncatingIfNeeded: next()) }
        var whole: [Int] = []
        while let start = whole.last ?? .some(0), start < count {
            whole.append(start + chunker.nextChunkLength(in: data, from: start))
        }
        var scanner = ChunkScanner(chunker)
        var cuts: [Int] = []
        for start in stride(from: 0, to: count, by: pieceSize) {
            let piece = Array(data[start..<min(start + pieceSize, count)])
            var position = 0
            while let cut = scanner.nextCut(in: piece, position..<piece.count) {
                cuts.append(start + cut)
                position = cut
            }
        }
        // What is left when the stream ends is its last chunk.
        if count > 0, cuts.last != count { cuts.append(count) }
        #expect(cuts == whole)
    }
}
