import Crypto
import Foundation
import HTTPTransport
import Synchronization

/// The body of a request: an array or part of one, with its hash.
struct S3Payload: Sendable {
    private let array: [UInt8]
    private let range: Range<Int>
    let sha256: [UInt8]

    /// Hashes `range` of `array`, which takes about 0.6 ms a MiB.
    @concurrent
    static func hashing(_ array: [UInt8], _ range: Range<Int>) async -> S3Payload {
        S3Payload(array: array, range: range, sha256: Array(SHA256.hash(data: array[range])))
    }

    var count: Int { range.count }

    /// The hash as S3's checksum fields have it.
    var checksum: String { Data(sha256).base64EncodedString() }

    /// The body as it is.
    var plainBody: HTTPRequestBody {
        if range == array.indices { return .bytes(array) }
        // Small copies, one after the other: no second array of the part's size.
        return .stream(length: range.count, next: LockedIterator(Pieces(array: array, rest: range)).next)
    }

    /// The body cut into signed chunks.
    func chunkedBody(signer: SignatureV4, seed: String) -> HTTPRequestBody {
        let chunks = SignedChunks(array[range], signer: signer, seed: seed)
        return .stream(
            length: SignedChunks.encodedLength(ofBodyOf: range.count),
            next: LockedIterator(chunks).next
        )
    }

    private struct Pieces: IteratorProtocol, Sendable {
        let array: [UInt8]
        var rest: Range<Int>

        mutating func next() -> [UInt8]? {
            guard !rest.isEmpty else { return nil }
            let piece = rest.prefix(256 << 10)
            rest = piece.upperBound..<rest.upperBound
            return Array(array[piece])
        }
    }
}

/// Lets a `@Sendable` function draw from an iterator.
private final class LockedIterator<Base: IteratorProtocol & Sendable>: Sendable where Base.Element: Sendable {
    private let base: Mutex<Base>

    init(_ base: Base) { self.base = Mutex(base) }

    @Sendable
    func next() -> Base.Element? { base.withLock { $0.next() } }
}
