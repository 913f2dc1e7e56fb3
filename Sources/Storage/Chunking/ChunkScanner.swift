/// Cuts a stream that comes in pieces, where ``ContentDefinedChunker/nextChunkLength(in:from:)`` would cut it whole.
package struct ChunkScanner: Sendable {
    private let chunker: ContentDefinedChunker
    /// Bytes of the open chunk so far.
    private var length = 0
    private var hash: UInt64 = 0

    package init(_ chunker: ContentDefinedChunker) { self.chunker = chunker }

    /// Goes on with the open chunk.
    ///
    /// What is left when the stream ends is its last chunk.
    ///
    /// - Returns: The position in `piece` behind the end of the chunk, with which the next begins; `nil` when all of `range`
    ///   belongs to it, and it goes on.
    package mutating func nextCut(in piece: [UInt8], _ range: Range<Int>) -> Int? {
        precondition(range.upperBound <= piece.count, "the range lies in the piece")
        let sizes = chunker.sizes
        var position = range.lowerBound
        if length < sizes.minimum {
            let skipped = min(sizes.minimum - length, range.count)
            position += skipped
            length += skipped
        }
        if length < sizes.expected,
            let cut = scan(
                piece,
                &position,
                to: min(position + sizes.expected - length, range.upperBound),
                chunker.strictMask
            )
        {
            return cut
        }
        if let cut = scan(
            piece,
            &position,
            to: min(position + sizes.maximum - length, range.upperBound),
            chunker.looseMask
        ) {
            return cut
        }
        guard length == sizes.maximum else { return nil }
        (length, hash) = (0, 0)
        return position
    }

    private mutating func scan(_ piece: [UInt8], _ position: inout Int, to end: Int, _ mask: UInt64) -> Int? {
        guard position < end else { return nil }
        // Unsafe for speed: this loop sees every byte of every file; `end` lies in the piece.
        let (cut, newHash) = unsafe piece.withUnsafeBufferPointer { bytes in
            unsafe chunker.gear.withUnsafeBufferPointer { gear in
                var scan = unsafe GearScan(bytes: bytes, gear: gear, position: position, hash: hash)
                return (scan.findCut(before: end, mask), scan.hash)
            }
        }
        if let cut {
            (length, hash) = (0, 0)
            return cut
        }
        length += end - position
        hash = newHash
        position = end
        return nil
    }
}
