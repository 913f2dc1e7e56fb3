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

    @Test("Two frames in a row, a frame that is to be skipped, and one with something behind it are refused")
    func oneFrame() {
        let frame = Zstandard.compress([UInt8](repeating: 7, count: 100), level: 1)
        let skipped: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 1, 2]
        for bytes in [frame + frame, skipped + frame, frame + skipped, frame + [0]] {
            for size in [100, 200] {
                #expect(throws: ZstandardError.self) { try Zstandard.expand(bytes[...], size: size) }
            }
        }
    }
}
