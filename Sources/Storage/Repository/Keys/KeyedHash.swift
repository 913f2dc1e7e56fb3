import Crypto
import Foundation

/// HMAC-SHA-256 (RFC 2104) with one key, for many short messages.
///
/// The two hashes that have taken in the padded key are kept: to take it in anew costs more than to hash a record of
/// 128 bytes.
struct KeyedHash: Sendable {
    private static let blockSize = 64

    private let inner: SHA256
    private let outer: SHA256

    /// - Parameter key: At most 64 bytes.
    init(key: SymmetricKey) {
        let bytes = unsafe key.withUnsafeBytes { unsafe Array($0) }
        precondition(bytes.count <= Self.blockSize, "a longer key would have to be hashed first")
        let padding = [UInt8](repeating: 0, count: Self.blockSize - bytes.count)
        var inner = SHA256()
        inner.update(data: (bytes + padding).map { $0 ^ 0x36 })
        var outer = SHA256()
        outer.update(data: (bytes + padding).map { $0 ^ 0x5C })
        self.inner = inner
        self.outer = outer
    }

    /// The authentication code of one message, as four 64-bit big-endian lanes.
    func code(of message: ArraySlice<UInt8>) -> HashLanes {
        var hash = inner
        unsafe message.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        let digest = hash.finalize()
        hash = outer
        unsafe digest.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        return unsafe hash.finalize().withUnsafeBytes { bytes in
            var lanes = HashLanes()
            for lane in 0..<4 {
                lanes[lane] = UInt64(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: 8 * lane, as: UInt64.self))
            }
            return lanes
        }
    }
}
