import KubernetesModel
import Yams

/// JSON documents as YAML, with nothing lost: the order of keys and the spelling of numbers stay.
enum YAMLText {
    static func render(_ value: JSONValue) throws -> String {
        try Yams.serialize(node: node(value), width: -1, allowUnicode: true)
    }

    static func node(_ value: JSONValue) -> Node {
        switch value {
        case .null: Node("null", Tag(.null), .plain)
        case .bool(let value): Node(value ? "true" : "false", Tag(.bool), .plain)
        case .number(let number): .scalar(numberScalar(number.literal))
        case .string(let string): node(text: string.text ?? string.displayText)
        case .array(let elements): Node(elements.map(node), Tag(.seq), elements.isEmpty ? .flow : .block)
        case .object(let object):
            Node(
                object.map { (node(text: $0.key.displayText), node($0.value)) },
                Tag(.map),
                object.isEmpty ? .flow : .block
            )
        }
    }

    /// A text in the style that reads best, and is read as a text by every reader, old (YAML 1.1) and new.
    static func node(text: String) -> Node {
        let scalar: Node.Scalar
        if text.utf8.contains(UInt8(ascii: "\n")) {
            // libyaml falls back to double quotes where a block cannot hold the text.
            scalar = Node.Scalar(text, Tag(.str), .literal)
        } else if needsQuotes(text) {
            scalar = Node.Scalar(text, Tag(.str), .doubleQuoted)
        } else {
            scalar = Node.Scalar(text, Tag(.str), .plain)
        }
        return .scalar(scalar)
    }

    private static func numberScalar(_ literal: String) -> Node.Scalar {
        // A number like 1e3 is a text to YAML 1.1, which wants 1.0e+3; the tag would be written, so none is given.
        Node.Scalar(literal, .implicit, .plain)
    }

    private static let words: Set<String> = [
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<", "---", "...",
    ]

    /// Whether a plain spelling could be read as something else than a text: a number, a date, a word.
    private static func needsQuotes(_ text: String) -> Bool {
        if words.contains(text.lowercased()) { return true }
        guard let first = text.utf8.first else { return true }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            // Numbers in all bases, dates, 12:30:45 (a number in YAML 1.1), .inf; but not 10.96.0.1 or 1.20.2.
            return !isClearlyText(text)
        default:
            return false
        }
    }

    /// Of a text that begins like a number: whether it holds what no number or date has.
    private static func isClearlyText(_ text: String) -> Bool {
        // Versions and addresses; a UUID (a date has up to three dashes).
        if text.utf8.count(where: { $0 == UInt8(ascii: ".") }) > 1 { return true }
        if text.utf8.count(where: { $0 == UInt8(ascii: "-") }) > 3 { return true }
        return text.utf8.contains { byte in
            switch byte {
            case UInt8(ascii: "g")...UInt8(ascii: "z"), UInt8(ascii: "G")...UInt8(ascii: "Z"), UInt8(ascii: "/"):
                // o, x, n, i, t and z occur in 0o17, 0x1F, .nan, .inf and dates.
                !"oxnitzOXNITZ".utf8.contains(byte)
            default: false
            }
        }
    }
}
