/// Makes bytes that are almost what they should be, the same ones for the same seed.
package struct ByteMutator {
    private var random: SeededGenerator

    /// Numbers in the forms of the format: little-endian, of variable length, and as text; the largest there are, and
    /// those around limits.
    private static let extremes: [[UInt8]] = {
        let numbers: [UInt64] = [
            0, 1, 127, 128, 4095, 4096, 4097, 1 << 16, 1 << 20, (1 << 22) + 1, 80 << 20, (80 << 20) + 1, 1 << 31,
            (1 << 32) - 1, 1 << 32, 1 << 62, (1 << 63) - 1, 1 << 63, .max,
        ]
        var extremes = numbers.map(variable)
        for number in numbers {
            extremes.append((0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
            extremes.append((0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
            extremes.append(Array("\(number)".utf8))
        }
        // Numbers that do not end, or end too late.
        extremes.append([UInt8](repeating: 0x80, count: 11) + [0])
        extremes.append([UInt8](repeating: 0xFF, count: 12))
        for text in ["-1", "-9223372036854775808", "1e400", "null", "\"\"", "{}", "[", "\n", "4294967296"] {
            extremes.append(Array(text.utf8))
        }
        return extremes
    }()

    private static func variable(_ number: UInt64) -> [UInt8] {
        var rest = number
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    package init(seed: UInt64) {
        // Neighbouring seeds give unlike numbers only after some steps.
        random = SeededGenerator(state: (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 | 1)
        for _ in 0..<4 { _ = random.next() }
    }

    /// Changes one of `seeds` in one to four ways.
    package mutating func mutated(_ seeds: [[UInt8]]) -> [UInt8] {
        var bytes = seeds[Int.random(in: seeds.indices, using: &random)]
        for _ in 0..<(1 << Int.random(in: 0...2, using: &random)) { mutate(&bytes, seeds) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8], _ seeds: [[UInt8]]) {
        guard !bytes.isEmpty else {
            bytes = randomBytes(Int.random(in: 1...40, using: &random))
            return
        }
        let position = Int.random(in: bytes.indices, using: &random)
        let length = Int.random(in: 0...min(40, bytes.count - position), using: &random)
        switch Int.random(in: 0..<9, using: &random) {
        case 0, 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 3: bytes.removeLast(bytes.count - position)
        case 4: bytes.removeSubrange(position..<(position + length))
        case 5: bytes.insert(contentsOf: randomBytes(length), at: position)
        case 6: bytes.insert(contentsOf: bytes[position..<(position + length)], at: position)
        case 7:
            let number = Self.extremes[Int.random(in: Self.extremes.indices, using: &random)]
            let replaced = Bool.random(using: &random) ? min(number.count, bytes.count - position) : min(1, length)
            bytes.replaceSubrange(position..<(position + replaced), with: number)
        default:
            let other = seeds[Int.random(in: seeds.indices, using: &random)]
            let cut = Int.random(in: 0...other.count, using: &random)
            bytes.replaceSubrange(position..., with: other[cut...])
        }
    }

    private mutating func randomBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
}
