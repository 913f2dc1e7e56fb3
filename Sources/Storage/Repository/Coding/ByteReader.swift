/// Reads what ``ByteWriter`` writes, from bytes that may be anything: every length is checked before it is used.
package struct ByteReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int
    /// What is being read, for messages.
    private let subject: String

    package init(_ bytes: [UInt8], subject: String) {
        self.bytes = bytes
        position = 0
        end = bytes.count
        self.subject = subject
    }

    package var remaining: Int { end - position }

    package var isAtEnd: Bool { position == end }

    package func damaged(_ what: String) -> RepositoryError {
        RepositoryError(.damaged, "\(subject) is damaged: \(what) at byte \(position).")
    }

    package mutating func readByte() throws(RepositoryError) -> UInt8 {
        guard position < end else { throw damaged("it ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    package mutating func read(_ count: Int) throws(RepositoryError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw damaged("it ends too early") }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    mutating func readFixed32() throws(RepositoryError) -> UInt32 {
        try read(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func readFixed64() throws(RepositoryError) -> UInt64 {
        try read(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    package mutating func readVariable() throws(RepositoryError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try readByte()
            guard shift < 63 || byte <= 1 else { throw damaged("a number is too large") }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
            guard shift <= 63 else { throw damaged("a number is too long") }
        }
    }

    /// A number that the caller will count or allocate with: at most `limit`.
    package mutating func readCount(limit: Int) throws(RepositoryError) -> Int {
        let value = try readVariable()
        guard value <= UInt64(limit) else { throw damaged("a length of \(value) is over the limit of \(limit)") }
        return Int(value)
    }

    package mutating func readZigzag() throws(RepositoryError) -> Int {
        let value = try readVariable()
        return Int(Int64(bitPattern: (value >> 1)) ^ -Int64(value & 1))
    }
}
