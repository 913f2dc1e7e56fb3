extension JSONValue {
    /// How deep documents may be nested unless told otherwise: far beyond any real object, far below the stack's end.
    package static let defaultMaximumDepth = 512

    /// Parses `bytes` as one JSON document in UTF-8.
    ///
    /// - Parameter maximumDepth: How deep objects and arrays may be nested.
    /// - Throws: ``JSONError``, also for a key that occurs twice in one object: servers differ in which one counts.
    package init(
        parsing bytes: some Sequence<UInt8>,
        maximumDepth: Int = JSONValue.defaultMaximumDepth
    ) throws(JSONError) {
        var parser = JSONParser(Array(bytes), maximumDepth: maximumDepth)
        self = try parser.document()
    }
}

/// Recursive descent over bytes in memory.
struct JSONParser {
    private let bytes: [UInt8]
    private let maximumDepth: Int
    private var position = 0
    private var depth = 0

    init(_ bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value()
        if peekAfterSpace() != nil { throw malformed("something follows the end of the document") }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        guard let byte = peekAfterSpace() else { throw truncated() }
        switch byte {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw malformed("a value should stand here")
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try descend()
        var members: [JSONObject.Member] = []
        // A list of keys is faster while it is short, and most objects are.
        var seen: Set<JSONString> = []
        if peekAfterSpace() == UInt8(ascii: "}") {
            ascend()
            return .object(JSONObject())
        }
        while true {
            guard let quote = peekAfterSpace() else { throw truncated() }
            guard quote == UInt8(ascii: "\"") else { throw malformed("a key in quotes should stand here") }
            let keyStart = position
            let key = try string()
            if members.count == 16 { seen = Set(members.map(\.key)) }
            let isNew = members.count < 16 ? !members.contains { $0.key == key } : seen.insert(key).inserted
            guard isNew else {
                throw JSONError(.malformed, "The JSON is malformed: a key occurs twice in one object", offset: keyStart)
            }
            guard let colon = peekAfterSpace() else { throw truncated() }
            guard colon == UInt8(ascii: ":") else { throw malformed("a colon should stand here") }
            position += 1
            members.append(JSONObject.Member(key: key, value: try value()))
            guard let next = peekAfterSpace() else { throw truncated() }
            if next == UInt8(ascii: "}") { break }
            guard next == UInt8(ascii: ",") else {
                throw malformed("a comma or the end of the object should stand here")
            }
            position += 1
        }
        ascend()
        return .object(JSONObject(unique: members))
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try descend()
        var elements: [JSONValue] = []
        if peekAfterSpace() == UInt8(ascii: "]") {
            ascend()
            return .array([])
        }
        while true {
            elements.append(try value())
            guard let next = peekAfterSpace() else { throw truncated() }
            if next == UInt8(ascii: "]") { break }
            guard next == UInt8(ascii: ",") else {
                throw malformed("a comma or the end of the array should stand here")
            }
            position += 1
        }
        ascend()
        return .array(elements)
    }

    private mutating func descend() throws(JSONError) {
        depth += 1
        guard depth <= maximumDepth else {
            throw JSONError(.tooDeep, "The JSON is nested deeper than \(maximumDepth) levels", offset: position)
        }
        position += 1
    }

    private mutating func ascend() {
        depth -= 1
        position += 1
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for expected in text.description.utf8 {
            guard position < bytes.count else { throw truncated() }
            guard bytes[position] == expected else { throw malformed("a value should stand here") }
            position += 1
        }
        return value
    }

    private mutating func number() throws(JSONError) -> JSONNumber {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
        return JSONNumber(checked: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while position < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[position] { position += 1 }
        guard position == start else { return }
        throw position == bytes.count ? truncated() : malformed("a digit should stand here")
    }

    private mutating func string() throws(JSONError) -> JSONString {
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                guard let text = String(validating: bytes[start..<position], as: UTF8.self) else {
                    throw notUTF8(start)
                }
                position += 1
                return JSONString(text)
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw malformed("a control character stands in a string") }
            position += 1
        }
        throw truncated()
    }

    /// The rest of a string with escapes; `position` is at the first one.
    private mutating func escapedString(from start: Int) throws(JSONError) -> JSONString {
        var decoded = Array(bytes[start..<position])
        var hasLoneSurrogate = false
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                // Escapes are ASCII: what they stand for is sound when the bytes around them are.
                guard String(validating: bytes[start..<position], as: UTF8.self) != nil else { throw notUTF8(start) }
                position += 1
                return hasLoneSurrogate
                    ? JSONString(generalized: decoded) : JSONString(String(decoding: decoded, as: UTF8.self))
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &decoded, &hasLoneSurrogate)
            case 0..<0x20:
                throw malformed("a control character stands in a string")
            default:
                decoded.append(byte)
                position += 1
            }
        }
        throw truncated()
    }

    private mutating func escape(into decoded: inout [UInt8], _ hasLoneSurrogate: inout Bool) throws(JSONError) {
        guard position < bytes.count else { throw truncated() }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            if let scalar = Unicode.Scalar(unit) {
                decoded.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
            } else if unit < 0xDC00, let low = try lowSurrogate() {
                let value = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
                decoded.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
            } else {
                decoded += [0xED, UInt8(0x80 | (unit >> 6) & 0x3F), UInt8(0x80 | unit & 0x3F)]
                hasLoneSurrogate = true
            }
        default:
            position -= 1
            throw malformed("an unknown escape stands in a string")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count else { throw truncated() }
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw malformed("four hexadecimal digits should stand here")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// The low surrogate that follows, if one does; otherwise nothing is consumed.
    private mutating func lowSurrogate() throws(JSONError) -> UInt32? {
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return nil }
        let start = position
        position += 2
        let unit = try hexadecimal()
        if 0xDC00...0xDFFF ~= unit { return unit }
        position = start
        return nil
    }

    private mutating func peekAfterSpace() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    private func malformed(_ what: String) -> JSONError {
        JSONError(.malformed, "The JSON is malformed: \(what)", offset: position)
    }

    private func truncated() -> JSONError {
        JSONError(.truncated, "The JSON ends too early", offset: bytes.count)
    }

    private func notUTF8(_ start: Int) -> JSONError {
        JSONError(.malformed, "The JSON is malformed: a string is not UTF-8", offset: start)
    }
}
