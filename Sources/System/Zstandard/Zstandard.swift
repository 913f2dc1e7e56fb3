import CZstd

/// Compresses and expands whole buffers with libzstd.
///
/// Callers deal in bytes; no pointer leaves this module.
package enum Zstandard {
    /// Compresses `bytes` into one frame.
    ///
    /// - Parameters:
    ///   - bytes: What to compress. May be empty.
    ///   - level: 1 (fastest) through 19 (smallest).
    ///   - header: What to put in front of the frame.
    /// - Returns: The header and the frame, which may be longer than `bytes`.
    package static func compress(_ bytes: [UInt8], level: Int32, behind header: [UInt8] = []) -> [UInt8] {
        let capacity = ZSTD_compressBound(bytes.count)
        return unsafe [UInt8](unsafeUninitializedCapacity: header.count + capacity) { output, written in
            _ = unsafe output.initialize(from: header)
            let frame = unsafe UnsafeMutableRawBufferPointer(output)[header.count...]
            let size = unsafe ContextPool.compression.withContext { context in
                unsafe bytes.withUnsafeBytes { input in
                    let start = unsafe UnsafeMutableRawBufferPointer(rebasing: frame).baseAddress
                    return unsafe ZSTD_compressCCtx(context, start, capacity, input.baseAddress, input.count, level)
                }
            }
            precondition(ZSTD_isError(size) == 0, "ZSTD_compressBound promised enough room")
            written = header.count + size
        }
    }

    /// Expands one frame whose expanded size is known.
    ///
    /// - Parameters:
    ///   - frame: A whole frame that tells its expanded size, and nothing after it.
    ///   - size: The size in bytes that the frame must expand to. The caller bounds it before it asks.
    /// - Throws: ``ZstandardError`` when the frame is damaged or expands to another size. Nothing is allocated for a frame
    ///   that says so itself, and never more than `size` bytes.
    package static func expand(_ frame: ArraySlice<UInt8>, size: Int) throws(ZstandardError) -> [UInt8] {
        try checkHeader(of: frame, size: size)
        var status = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { output, written in
            status = unsafe ContextPool.expansion.withContext { context in
                unsafe frame.withUnsafeBytes { input in
                    unsafe ZSTD_decompressDCtx(context, output.baseAddress, size, input.baseAddress, input.count)
                }
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

    /// Sees to it that `frame` is one frame of the current format, and says that it expands to `size` bytes.
    ///
    /// libzstd itself expands several frames in a row, passes over those it is to skip, and may know older formats.
    private static func checkHeader(of frame: ArraySlice<UInt8>, size: Int) throws(ZstandardError) {
        guard frame.starts(with: magic) else { throw ZstandardError(message: "it is no zstd frame") }
        let (claimed, length) = unsafe frame.withUnsafeBytes { input in
            unsafe (
                ZSTD_getFrameContentSize(input.baseAddress, input.count),
                ZSTD_findFrameCompressedSize(input.baseAddress, input.count)
            )
        }
        // Its size may be unknown or wrong: both are numbers beyond all sizes.
        guard claimed == UInt64(size) else { throw ZstandardError(message: "it does not expand to \(size) bytes") }
        guard ZSTD_isError(length) == 0 else {
            throw ZstandardError(message: unsafe String(cString: ZSTD_getErrorName(length)))
        }
        guard length == frame.count else { throw ZstandardError(message: "something follows the frame") }
    }

    private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
}

/// A zstd frame could not be expanded.
package struct ZstandardError: Error, Sendable, CustomStringConvertible {
    /// What libzstd says is wrong.
    package let message: String

    package var description: String { "The compressed data is damaged: \(message)." }
}
