/// Names a record by its content: the first 16 bytes of HMAC-SHA-256 of the plaintext under a key of the repository.
///
/// Equal plaintexts meet, and an id tells nothing about its record to who does not hold the key. 128 bits of a keyed
/// hash: at 10^10 records two different ones share an id with a probability of about 10^-19.
package struct RecordID: Hashable, Sendable, Comparable {
    static let sizeInBytes = 16

    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(of record: ArraySlice<UInt8>, keys: RepositoryKeys) {
        let code = keys.recordID.code(of: record)
        (high, low) = (code[0], code[1])
    }

    init(bytes: ArraySlice<UInt8>) {
        precondition(bytes.count == Self.sizeInBytes, "a record id has 16 bytes")
        let start = bytes.startIndex
        high = bytes[start..<(start + 8)].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[(start + 8)..<(start + 16)].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The id as it is stored: big-endian.
    var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - 8 * ($0 & 7))) }
    }

    package static func < (left: RecordID, right: RecordID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
