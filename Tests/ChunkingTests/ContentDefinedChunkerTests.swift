import Chunking
import Testing

@Suite("Content-defined chunker")
struct ContentDefinedChunkerTests {
    private static let sizes = ContentDefinedChunker.Sizes(minimum: 256, expected: 1024, maximum: 4096)

    private static func random(_ count: Int, seed: UInt64) -> [UInt64] {
        var state = seed
        return (0..<count).map { _ in
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return state &* 2_685_821_657_736_338_717
        }
    }

    private let chunker = ContentDefinedChunker(sizes: sizes, gearTable: random(256, seed: 7))

    private func chunks(_ bytes: [UInt8]) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            let length = chunker.nextChunkLength(in: bytes, from: position)
            chunks.append(Array(bytes[position..<(position + length)]))
            position += length
        }
        return chunks
    }

    private let data = random(40_000, seed: 3).map { UInt8(truncatingIfNeeded: $0) }

    @Test("Chunks join to the whole, within their bounds and near the expected size")
    func bounds() {
        let chunks = chunks(data)
        #expect(Array(chunks.joined()) == data)
        #expect(chunks.dropLast().allSatisfy { (Self.sizes.minimum...Self.sizes.maximum).contains($0.count) })
        #expect((600...2000).contains(data.count / chunks.count))
    }

    @Test("An insertion changes only the chunks near it", arguments: [0, 1, 19_999, 39_999])
    func insertion(position: Int) {
        var changed = data
        changed.insert(contentsOf: [1, 2, 3], at: position)
        let known = Set(chunks(data))
        let new = chunks(changed).filter { !known.contains($0) }
        #expect(new.count <= 6)
    }

    @Test("Bytes without any variety are cut at the largest size")
    func constant() {
        let chunks = chunks([UInt8](repeating: 0, count: 20_000))
        #expect(chunks.dropLast().allSatisfy { $0.count == Self.sizes.maximum || $0.count <= Self.sizes.expected })
        #expect(chunks.joined().count == 20_000)
    }

    @Test("Short and empty input", arguments: [0, 1, 255, 256, 257])
    func short(count: Int) {
        #expect(chunks(Array(data.prefix(count))).joined().count == count)
        #expect(chunker.nextChunkLength(in: [], from: 0) == 0)
    }
}
