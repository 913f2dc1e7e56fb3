import HTTPTypes

/// Status and fields of a response.
struct ResponseHead: Sendable {
    let status: Int
    let fields: HTTPFields

    /// The length of the body in bytes, when the server named one.
    var contentLength: Int? { fields[.contentLength].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }
}

/// Puts the head of a response together from the lines that libcurl hands over one by one.
///
/// Heads of interim responses (1xx) are dropped, and so are trailers, which come after the head was complete.
struct ResponseHeadParser {
    enum Failure: Error {
        case notHTTP
        case tooLarge
    }

    /// The most bytes that a head may have: API servers send a few hundred.
    static let maximumSize = 256 << 10
    static let maximumFieldCount = 1000

    private var status: Int?
    private var fields = HTTPFields()
    private var size = 0
    private var isComplete = false

    /// Takes one line, its line break included.
    ///
    /// - Returns: The head, with the line that completes it.
    mutating func consume(_ line: some RandomAccessCollection<UInt8>) throws(Failure) -> ResponseHead? {
        // A line without its end was cut off, with the rest of the response: libcurl says so by itself.
        guard !isComplete, line.last == 0x0a else { return nil }
        size += line.count
        guard size <= Self.maximumSize, fields.count < Self.maximumFieldCount else { throw .tooLarge }
        let content = Self.trimmed(line)
        if line.starts(with: "HTTP/".utf8) {
            // "HTTP/1.1 200 OK", "HTTP/2 200"
            let code = content.drop { $0 != 0x20 }.drop { $0 == 0x20 }.prefix(3)
            guard code.count == 3, let number = Int(String(decoding: code, as: UTF8.self)), number >= 100 else {
                throw .notHTTP
            }
            status = number
            fields = HTTPFields()
            return nil
        }
        guard let status else { throw .notHTTP }
        if content.isEmpty {
            guard status >= 200 else {
                self.status = nil
                return nil
            }
            isComplete = true
            return ResponseHead(status: status, fields: fields)
        }
        try append(content, isContinuation: line.first == 0x20 || line.first == 0x09)
        return nil
    }

    private mutating func append(
        _ content: some RandomAccessCollection<UInt8>,
        isContinuation: Bool
    ) throws(Failure) {
        if isContinuation {
            // A folded line belongs to the field above it (obsolete, RFC 9112 5.2).
            guard let last = fields.indices.last else { throw .notHTTP }
            fields[last].value += " " + String(decoding: content, as: UTF8.self)
            return
        }
        guard let colon = content.firstIndex(of: UInt8(ascii: ":")) else { throw .notHTTP }
        // A name that is none means nothing to anybody; the field is left out, and the response is still of use.
        guard let name = HTTPField.Name(String(decoding: content[..<colon], as: UTF8.self)) else { return }
        let value = Self.trimmed(content[content.index(after: colon)...])
        fields.append(HTTPField(name: name, lenientValue: Array(value)))
    }

    private static func trimmed<Bytes: RandomAccessCollection<UInt8>>(_ bytes: Bytes) -> Bytes.SubSequence {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a }
        var rest = bytes[...]
        while let first = rest.first, isBlank(first) { rest = rest.dropFirst() }
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return rest
    }
}
