import Zstandard

/// What is encrypted is first wrapped so: one byte that says how it is packed, its size in bytes when unpacked (a
/// 32-bit little-endian number), and the bytes themselves, raw (0) or as one zstd frame (1).
enum CompressedPayload {
    private static let raw: UInt8 = 0
    private static let zstd: UInt8 = 1
    /// In bytes: how it is packed, and its size.
    static let headerSize = 5

    static func wrap(_ bytes: [UInt8], level: Int32) -> [UInt8] {
        precondition(bytes.count <= FormatLimits.payload, "the caller keeps payloads within the format's limit")
        if bytes.count < sampledSize || gains(Zstandard.compress(sample(of: bytes), level: 1).count, sampleSize) {
            let compressed = Zstandard.compress(bytes, level: level, behind: header(zstd, size: bytes.count))
            if gains(compressed.count, bytes.count) { return compressed }
        }
        return header(raw, size: bytes.count) + bytes
    }

    /// Less than 2 % gained does not pay for expanding it again.
    private static func gains(_ compressed: Int, _ size: Int) -> Bool { compressed + size / 50 < size }

    /// Of payloads from so many bytes on, a sample is tried first: random bytes take long to be found incompressible.
    private static let sampledSize = 256 << 10
    private static let samplePieces = 8
    private static let samplePieceSize = 4 << 10
    private static var sampleSize: Int { samplePieces * samplePieceSize }

    private static func sample(of bytes: [UInt8]) -> [UInt8] {
        var sample: [UInt8] = []
        sample.reserveCapacity(sampleSize)
        for piece in 0..<samplePieces {
            let start = (bytes.count - samplePieceSize) / (samplePieces - 1) * piece
            sample += bytes[start..<(start + samplePieceSize)]
        }
        return sample
    }

    private static func header(_ packing: UInt8, size: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(packing)
        writer.write(fixed: UInt32(size))
        return writer.bytes
    }

    static func unwrap(_ payload: [UInt8], subject: String) throws(RepositoryError) -> [UInt8] {
        var reader = ByteReader(payload, subject: subject)
        let packing = try reader.readByte()
        let size = Int(try reader.readFixed32())
        guard size <= FormatLimits.payload else { throw reader.damaged("it claims to expand to \(size) bytes") }
        let body = try reader.read(reader.remaining)
        switch packing {
        case raw:
            guard body.count == size else { throw reader.damaged("its length is not what it says") }
            return Array(body)
        case zstd:
            do { return try Zstandard.expand(body, size: size) } catch {
                throw reader.damaged("its compressed data is wrong, \(error.message)")
            }
        default:
            throw reader.damaged("packing \(packing) is unknown")
        }
    }
}
