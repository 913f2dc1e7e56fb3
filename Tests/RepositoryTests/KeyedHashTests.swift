import Crypto
import Foundation
import Testing

@testable import Repository

@Suite("Keyed hash")
struct KeyedHashTests {
    @Test("It is HMAC-SHA-256", arguments: [0, 1, 55, 56, 63, 64, 65, 1000, 4096, 100_000], [1, 16, 32, 64])
    func isHMAC(messageSize: Int, keySize: Int) {
        let message = (0..<messageSize).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let key = SymmetricKey(data: (0..<keySize).map { UInt8(truncatingIfNeeded: $0 &+ 3) })
        let code = KeyedHash(key: key).code(of: message[...])
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: code[$0 / 8] >> UInt64(56 - 8 * ($0 % 8))) }
        #expect(bytes == Array(HMAC<SHA256>.authenticationCode(for: message, using: key)))
    }
}
