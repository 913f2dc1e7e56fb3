import Crypto

/// A body cut into chunks that are signed one by one (`aws-chunked`), each signature going on from the one before.
struct SignedChunks: Sendable, IteratorProtocol {
    static let chunkSizeInBytes = 128 << 10
    private static let signatureLength = 64

    private let signer: SignatureV4
    private let key: SymmetricKey
    private let body: ArraySlice<UInt8>
    private let chunkSize: Int
    private var offset = 0
    private var signature: String
    private var isAtEnd = false

    /// - Parameter seed: The signature of the request's head.
    init(_ body: ArraySlice<UInt8>, signer: SignatureV4, seed: String, chunkSize: Int = chunkSizeInBytes) {
        self.body = body
        self.signer = signer
        self.chunkSize = chunkSize
        key = signer.signingKey
        signature = seed
    }

    /// How many bytes a body of `size` becomes.
    static func encodedLength(ofBodyOf size: Int, chunkSize: Int = chunkSizeInBytes) -> Int {
        func frame(_ length: Int) -> Int {
            String(length, radix: 16).utf8.count + ";chunk-signature=".utf8.count + signatureLength + 4 + length
        }
        let (whole, rest) = size.quotientAndRemainder(dividingBy: chunkSize)
        return whole * frame(chunkSize) + (rest > 0 ? frame(rest) : 0) + frame(0)
    }

    /// The next chunk with its frame, or `nil` after the last one, which is empty.
    mutating func next() -> [UInt8]? {
        guard !isAtEnd else { return nil }
        let start = body.startIndex + offset
        let chunk = body[start..<min(start + chunkSize, body.endIndex)]
        offset += chunk.count
        isAtEnd = chunk.isEmpty
        signature = signer.signature(
            of: "AWS4-HMAC-SHA256-PAYLOAD\n\(signer.time.basic)\n\(signer.scope)\n\(signature)\n"
                + "\(SignatureV4.emptyPayload)\n\(SHA256.hash(data: chunk).hexadecimal)",
            with: key
        )
        var frame = Array("\(String(chunk.count, radix: 16));chunk-signature=\(signature)\r\n".utf8)
        frame.reserveCapacity(frame.count + chunk.count + 2)
        frame += chunk
        frame += [13, 10]
        return frame
    }
}
