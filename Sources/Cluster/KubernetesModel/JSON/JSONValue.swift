/// A JSON document to be read and changed without losing anything: the order of keys, the spelling of numbers and
/// unknown fields come out as they went in.
///
/// `==` is exact: it sees the order of keys and the spelling of numbers. See ``isEquivalent(to:)``.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(JSONString)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    package static func string(_ text: String) -> JSONValue { .string(JSONString(text)) }
    package static func integer(_ value: some FixedWidthInteger) -> JSONValue { .number(JSONNumber(value)) }

    package var isNull: Bool { self == .null }

    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    package var number: JSONNumber? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    /// The value of a number that is written as an integer and fits.
    package var integer: Int? { number?.integer }

    /// The text of a string; `nil` for strings that are no text (lone surrogates), too.
    package var text: String? {
        guard case .string(let value) = self else { return nil }
        return value.text
    }

    package var array: [JSONValue]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    package var object: JSONObject? {
        guard case .object(let value) = self else { return nil }
        return value
    }

    /// What kind of value it is, for messages.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// Whether both say the same: the order of keys does not matter, nor does how a number is written.
    package func isEquivalent(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)):
            return left.isNumericallyEqual(to: right)
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isEquivalent(to: $1) }
        case (.object(let left), .object(let right)):
            guard left.count == right.count else { return false }
            if zip(left, right).allSatisfy({ $0.key == $1.key }) {
                return zip(left, right).allSatisfy { $0.value.isEquivalent(to: $1.value) }
            }
            let values = Dictionary(right.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
            return left.allSatisfy { member in values[member.key].map(member.value.isEquivalent) ?? false }
        default:
            return self == other
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral text: String) { self = .string(JSONString(text)) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
