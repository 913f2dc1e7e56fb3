import CZstd

/// Compresses and expands whole buffers with libzstd.
///
/// This is the only file that sees libzstd: callers deal in bytes, and no pointer leaves a function.
package enum Zstandard {
    /// Compresses `bytes` into one frame.
    ///
    /// - Parameters:
    ///   - bytes: What to compress. May be empty.
    ///   - level: 1 (fastest) through 19 (smallest).
    /// - Returns: The frame, which may be longer than `bytes`.
    package static func compress(_ bytes: [UInt8], level: Int32) -> [UInt8] {
        let capacity = ZSTD_compressBound(bytes.count)
        return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { output, written in
            written = unsafe bytes.withUnsafeBytes { input in
                unsafe ZSTD_compress(output.baseAddress, capacity, input.baseAddress, input.count, level)
            }
            precondition(ZSTD_isError(written) == 0, "ZSTD_compressBound promised enough room")
        }
    }

    /// Expands one frame whose expanded size is known.
    ///
    /// - Parameters:
    ///   - frame: A whole frame, and nothing after it.
    ///   - size: The size in bytes that the frame must expand to. The caller bounds it before it asks.
    /// - Throws: ``ZstandardError`` when the frame is damaged or expands to another size. Never more than `size` bytes
    ///   are allocated, whatever the frame says.
    package static func expand(_ frame: ArraySlice<UInt8>, size: Int) throws(ZstandardError) -> [UInt8] {
        var status = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { output, written in
            status = unsafe frame.withUnsafeBytes { input in
                unsafe ZSTD_decompress(output.baseAddress, size, input.baseAddress, input.count)
            }
            written = ZSTD_isError(status) == 0 ? status : 0
        }
        guard ZSTD_isError(status) == 0 else {
            throw ZstandardError(message: unsafe String(cString: ZSTD_getErrorName(status)))
        }
        guard bytes.count == size else {
            throw ZstandardError(message: "\(size) bytes expected, \(bytes.count) found")
        }
        return bytes
    }
}

/// A zstd frame could not be expanded.
package struct ZstandardError: Error, Sendable, CustomStringConvertible {
    /// What libzstd says is wrong.
    package let message: String

    package var description: String { "The compressed data is damaged: \(message)." }
}
