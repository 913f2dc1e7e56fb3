/// Builds the binary parts of the format: little-endian integers and LEB128 variable-length ones.
package struct ByteWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    var count: Int { bytes.count }

    package mutating func write(_ byte: UInt8) { bytes.append(byte) }

    package mutating func write(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    mutating func write(fixed value: UInt32) {
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }

    mutating func write(fixed value: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }

    /// Seven bits a byte, least significant first, the high bit set on all but the last.
    package mutating func write(variable value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    package mutating func write(count: Int) { write(variable: UInt64(count)) }

    /// Small numbers of either sign become small unsigned ones: 0, -1, 1, -2, ….
    package mutating func write(zigzag value: Int) {
        write(variable: UInt64(bitPattern: Int64((value << 1) ^ (value >> 63))))
    }
}
