extension ByteRange {
    /// The offsets this range means in an object of `size` bytes, or `nil` when it reaches beyond the object's
    /// end, or the object has more bytes than it may have.
    package func resolved(inSize size: Int) -> Range<Int>? {
        switch self {
        case .whole(let limit):
            precondition(limit >= 0, "a limit is 0 bytes or more, not \(limit)")
            return size <= limit ? 0..<size : nil
        case .bytes(let range):
            precondition(range.lowerBound >= 0, "a byte range starts at 0 or later, not at \(range.lowerBound)")
            return range.upperBound <= size ? range : nil
        case .last(let count):
            precondition(count >= 0, "a suffix has 0 bytes or more, not \(count)")
            return max(0, size - count)..<size
        }
    }
}

extension ByteRange: CustomStringConvertible {
    package var description: String {
        switch self {
        case .whole(let limit): "all of at most \(limit) bytes"
        case .bytes(let range): "bytes \(range.lowerBound)..<\(range.upperBound)"
        case .last(let count): "the last \(count) bytes"
        }
    }
}
