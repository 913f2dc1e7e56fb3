/// Cuts a stream of bytes where its content says so, so that an insertion moves only the cuts near it.
///
/// FastCDC (Xia et al., USENIX ATC 2016) with a 64-bit gear hash, no hashing before the minimum size, and normalised
/// chunking of level 2: a stricter mask before the expected size and a looser one after it. The gear table is derived
/// from a secret, so that chunk sizes tell nothing to who does not hold it.
package struct ContentDefinedChunker: Sendable {
    /// Sizes of chunks in bytes.
    package struct Sizes: Sendable, Hashable {
        package let minimum: Int
        /// A power of two.
        package let expected: Int
        package let maximum: Int

        /// 512 KiB, 1 MiB and 4 MiB.
        package static let standard = Sizes(minimum: 512 << 10, expected: 1 << 20, maximum: 4 << 20)

        package init(minimum: Int, expected: Int, maximum: Int) {
            precondition(minimum > 0 && minimum < expected && expected < maximum, "chunk sizes must grow")
            precondition(expected & (expected - 1) == 0, "the expected chunk size must be a power of two")
            self.minimum = minimum
            self.expected = expected
            self.maximum = maximum
        }
    }

    package let sizes: Sizes
    let gear: [UInt64]
    let strictMask: UInt64
    let looseMask: UInt64

    /// - Parameters:
    ///   - sizes: The bounds of a chunk.
    ///   - gearTable: 256 secret random numbers, one for each value of a byte.
    package init(sizes: Sizes, gearTable: [UInt64]) {
        precondition(gearTable.count == 256, "a gear table has 256 entries")
        self.sizes = sizes
        gear = gearTable
        let bits = sizes.expected.trailingZeroBitCount
        // The gear hash shifts left, so its high bits depend on the most bytes: masks take those.
        strictMask = ~UInt64(0) << UInt64(64 - (bits + 2))
        looseMask = ~UInt64(0) << UInt64(64 - (bits - 2))
    }

    /// The length of the first chunk of `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: What is left of the stream, at least ``Sizes/maximum`` bytes of it unless it ends before.
    ///   - start: Where in `bytes` to begin.
    /// - Returns: Between 1 and ``Sizes/maximum`` bytes; what is left when that is shorter than the minimum; 0 only when
    ///   nothing is left.
    package func nextChunkLength(in bytes: [UInt8], from start: Int) -> Int {
        let available = bytes.count - start
        guard available > sizes.minimum else { return max(available, 0) }
        let end = start + min(available, sizes.maximum)
        let middle = min(start + sizes.expected, end)
        // Unsafe for speed: this loop sees every byte of every volume; the indices are bounded two lines above.
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe gear.withUnsafeBufferPointer { gear in
                var scan = unsafe GearScan(bytes: bytes, gear: gear, position: start + sizes.minimum)
                let cut = scan.findCut(before: middle, strictMask) ?? scan.findCut(before: end, looseMask) ?? end
                return cut - start
            }
        }
    }
}

/// A gear hash on its way through some bytes.
@safe struct GearScan {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let gear: UnsafeBufferPointer<UInt64>
    private var position: Int
    /// Of the bytes before `position`, as far as they count.
    private(set) var hash: UInt64

    init(bytes: UnsafeBufferPointer<UInt8>, gear: UnsafeBufferPointer<UInt64>, position: Int, hash: UInt64 = 0) {
        unsafe self.bytes = unsafe bytes
        unsafe self.gear = unsafe gear
        self.position = position
        self.hash = hash
    }

    /// The position behind the first byte before `end` at which the hash has no bit of `mask`.
    @inline(__always)
    mutating func findCut(before end: Int, _ mask: UInt64) -> Int? {
        // Four bytes a turn: the loads of the next ones need not wait for the comparisons of these.
        while position &+ 4 <= end {
            let first = unsafe (hash << 1) &+ gear[Int(bytes[position])]
            let second = unsafe (first << 1) &+ gear[Int(bytes[position &+ 1])]
            let third = unsafe (second << 1) &+ gear[Int(bytes[position &+ 2])]
            hash = unsafe (third << 1) &+ gear[Int(bytes[position &+ 3])]
            if first & mask == 0 { return position &+ 1 }
            if second & mask == 0 { return position &+ 2 }
            if third & mask == 0 { return position &+ 3 }
            position &+= 4
            if hash & mask == 0 { return position }
        }
        while position < end {
            hash = unsafe (hash << 1) &+ gear[Int(bytes[position])]
            position &+= 1
            if hash & mask == 0 { return position }
        }
        return nil
    }
}
