/// xorshift64*: repeatable random numbers.
package struct SeededGenerator: RandomNumberGenerator {
    package var state: UInt64

    /// - Parameter state: Not 0.
    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 2_685_821_657_736_338_717
    }

    /// Random bytes, eight from each number.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { unsafe withUnsafeBytes(of: next()) { unsafe bytes.append(contentsOf: $0) } }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
