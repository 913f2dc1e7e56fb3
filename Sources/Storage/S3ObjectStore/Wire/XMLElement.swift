/// An element of the XML that S3 answers with: its name, without namespace, its text and the elements in it.
///
/// Attributes, comments and processing instructions are skipped. Document types, and with them entities of the
/// document's own, are refused.
struct XMLElement: Sendable {
    let name: String
    /// The element's own text, entities replaced.
    fileprivate(set) var text = ""
    fileprivate(set) var children: [XMLElement] = []

    fileprivate init(name: String) { self.name = name }

    /// The text of the first element called `name` in this one.
    subscript(name: String) -> String? { first(name)?.text }

    /// The first element called `name` in this one.
    func first(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// All elements called `name` in this one.
    func all(_ name: String) -> some Sequence<XMLElement> { children.lazy.filter { $0.name == name } }

    /// Reads the element that `document` consists of.
    ///
    /// - Throws: ``XMLError`` when `document` is not well-formed, or nested deeper than S3's answers are.
    init(parsing document: [UInt8]) throws(XMLError) {
        var scanner = XMLScanner(document)
        self = try scanner.readDocument()
    }
}

/// Why a document could not be read.
struct XMLError: Error, Sendable, CustomStringConvertible {
    let description: String
}

/// Reads a document from its start to its end, once.
private struct XMLScanner {
    private static let maximumDepth = 16

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func readDocument() throws(XMLError) -> XMLElement {
        if starts(with: "\u{FEFF}") { position += 3 }
        try skipMisc()
        let (root, isEmpty) = try readStartTag()
        let element = isEmpty ? root : try readContent(of: root)
        try skipMisc()
        guard position == bytes.count else { throw failure("there is something after its end") }
        return element
    }

    /// Reads on to the end tag of `root`, with a stack of our own: depth comes from outside.
    private mutating func readContent(of root: XMLElement) throws(XMLError) -> XMLElement {
        var open = [root]
        var text: [[UInt8]] = [[]]
        while true {
            guard position < bytes.count else { throw failure("it ends within '\(open[open.count - 1].name)'") }
            if bytes[position] != UInt8(ascii: "<") {
                try readText(into: &text[text.count - 1])
            } else if starts(with: "</") {
                let name = try readEndTag()
                var element = open.removeLast()
                guard name == element.name else { throw failure("'\(element.name)' ends as '\(name)'") }
                element.text = String(decoding: text.removeLast(), as: UTF8.self)
                guard let parent = open.indices.last else { return element }
                open[parent].children.append(element)
            } else if starts(with: "<!--") {
                try skip(past: "-->")
            } else if starts(with: "<![CDATA[") {
                position += 9
                let start = position
                try skip(past: "]]>")
                text[text.count - 1] += bytes[start..<position - 3]
            } else if starts(with: "<?") {
                try skip(past: "?>")
            } else {
                let (element, isEmpty) = try readStartTag()
                if isEmpty {
                    open[open.count - 1].children.append(element)
                } else {
                    guard open.count < Self.maximumDepth else { throw failure("it is nested too deeply") }
                    open.append(element)
                    text.append([])
                }
            }
        }
    }

    // MARK: - Markup

    private mutating func readStartTag() throws(XMLError) -> (element: XMLElement, isEmpty: Bool) {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "<") else {
            throw failure("an element is missing")
        }
        position += 1
        let name = try readName()
        while true {
            skipSpace()
            guard position < bytes.count else { throw failure("it ends within a tag") }
            switch bytes[position] {
            case UInt8(ascii: ">"):
                position += 1
                return (XMLElement(name: name), false)
            case UInt8(ascii: "/"):
                position += 1
                guard position < bytes.count, bytes[position] == UInt8(ascii: ">") else {
                    throw failure("a tag is odd")
                }
                position += 1
                return (XMLElement(name: name), true)
            default:
                try skipAttribute()
            }
        }
    }

    private mutating func readEndTag() throws(XMLError) -> String {
        position += 2
        let name = try readName()
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: ">") else { throw failure("a tag is odd") }
        position += 1
        return name
    }

    /// A name without its namespace's prefix.
    private mutating func readName() throws(XMLError) -> String {
        let start = position
        while position < bytes.count, !Self.endsName(bytes[position]) { position += 1 }
        let name = bytes[start..<position]
        guard !name.isEmpty, name.first != UInt8(ascii: "!") else { throw failure("a name is missing") }
        let local = name.lastIndex(of: UInt8(ascii: ":")).map { name[($0 + 1)...] } ?? name
        return String(decoding: local, as: UTF8.self)
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...32, UInt8(ascii: ">"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "<"): true
        default: false
        }
    }

    private mutating func skipAttribute() throws(XMLError) {
        _ = try readName()
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "=") else { throw failure("a tag is odd") }
        position += 1
        skipSpace()
        guard position < bytes.count, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[position]) else {
            throw failure("an attribute has no value")
        }
        let quote = bytes[position]
        position += 1
        guard let end = bytes[position...].firstIndex(of: quote) else { throw failure("it ends within a tag") }
        position = end + 1
    }

    /// Skips what may stand before and after the outermost element.
    private mutating func skipMisc() throws(XMLError) {
        while true {
            skipSpace()
            if starts(with: "<?") {
                try skip(past: "?>")
            } else if starts(with: "<!--") {
                try skip(past: "-->")
            } else if starts(with: "<!") {
                throw failure("it has a document type")
            } else {
                return
            }
        }
    }

    private mutating func skip(past end: String) throws(XMLError) {
        while position < bytes.count {
            if starts(with: end) {
                position += end.utf8.count
                return
            }
            position += 1
        }
        throw failure("'\(end)' is missing")
    }

    private mutating func skipSpace() {
        while position < bytes.count, [32, 9, 10, 13].contains(bytes[position]) { position += 1 }
    }

    private func starts(with text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private func failure(_ what: String) -> XMLError { XMLError(description: "at byte \(position), \(what)") }

    // MARK: - Text

    private mutating func readText(into text: inout [UInt8]) throws(XMLError) {
        while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
            if bytes[position] == UInt8(ascii: "&") {
                text += try readEntity()
            } else {
                text.append(bytes[position])
                position += 1
            }
        }
    }

    private mutating func readEntity() throws(XMLError) -> [UInt8] {
        guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
            throw failure("an entity has no end")
        }
        let name = String(decoding: bytes[position + 1..<end], as: UTF8.self)
        switch name {
        case "amp": position = end + 1; return [UInt8(ascii: "&")]
        case "lt": position = end + 1; return [UInt8(ascii: "<")]
        case "gt": position = end + 1; return [UInt8(ascii: ">")]
        case "quot": position = end + 1; return [UInt8(ascii: "\"")]
        case "apos": position = end + 1; return [UInt8(ascii: "'")]
        default: break
        }
        let digits = name.dropFirst()
        let code = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        guard name.first == "#", let scalar = code.flatMap(Unicode.Scalar.init) else {
            throw failure("'&\(name);' is unknown")
        }
        position = end + 1
        return Array(String(Character(scalar)).utf8)
    }
}

extension XMLElement {
    /// Writes `text` so that it stands for itself in a document.
    static func escape(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            case 9, 10, 13: bytes += "&#\(byte);".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
