import Testing
import Zstandard

@Suite("Zstandard")
struct ZstandardTests {
    @Test("What is compressed expands to itself", arguments: [0, 1, 1000, 1 << 20], [1, 3] as [Int32])
    func roundTrip(size: Int, level: Int32) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let frame = Zstandard.compress(bytes, level: level)
        #expect(try Zstandard.expand(frame[...], size: size) == bytes)
        if size > 100 { #expect(frame.count < size) }
    }

    @Test("A frame that expands to another size is refused", arguments: [0, 99, 101, 100_000])
    func wrongSize(size: Int) {
        let frame = Zstandard.compress([UInt8](repeating: 7, count: 100), level: 1)
        #expect(throws: ZstandardError.self) { try Zstandard.expand(frame[...], size: size) }
    }

    @Test("A damaged or truncated frame is refused, or expands to other bytes of the same size")
    func damage() {
        let bytes = (0..<500).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let frame = Zstandard.compress(bytes, level: 1)
        for length in 0..<frame.count {
            #expect(throws: ZstandardError.self) { try Zstandard.expand(frame[..<length], size: bytes.count) }
        }
        #expect(throws: ZstandardError.self) { try Zstandard.expand([1, 2, 3, 4][...], size: bytes.count) }
    }
}
