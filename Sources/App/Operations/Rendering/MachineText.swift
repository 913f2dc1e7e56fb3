import Foundation
import KubernetesModel

/// Documents for programs: JSON or YAML of the same shape, with sorted keys and ISO 8601 dates in UTC.
package enum MachineText {
    package static func json(_ document: some Encodable) throws -> String { try json(value(of: document)) }

    package static func yaml(_ document: some Encodable) throws -> String { try YAMLText.render(value(of: document)) }

    private static func value(of document: some Encodable) throws -> JSONValue {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return try JSONValue(parsing: try encoder.encode(document))
    }

    /// Indented by four spaces, as kubectl prints it, with a line break at the end.
    static func json(_ value: JSONValue) -> String {
        var bytes: [UInt8] = []
        write(value, indentation: 0, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The same as a part of a document, without a line break at the end.
    ///
    /// - Parameter indentation: How many steps the line that it stands in is indented by.
    static func json(_ value: JSONValue, indentation: Int) -> String {
        var bytes: [UInt8] = []
        write(value, indentation: indentation, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ value: JSONValue, indentation: Int, to bytes: inout [UInt8]) {
        switch value {
        case .array(let elements) where !elements.isEmpty:
            write("[", elements.count, "]", indentation, &bytes) { index, bytes in
                write(elements[index], indentation: indentation + 1, to: &bytes)
            }
        case .object(let object) where !object.isEmpty:
            write("{", object.count, "}", indentation, &bytes) { index, bytes in
                let member = object.members[index]
                JSONValue.string(member.key).serialize(to: &bytes)
                bytes.append(contentsOf: ": ".utf8)
                write(member.value, indentation: indentation + 1, to: &bytes)
            }
        default:
            value.serialize(to: &bytes)
        }
    }

    private static func write(
        _ opening: String,
        _ count: Int,
        _ closing: String,
        _ indentation: Int,
        _ bytes: inout [UInt8],
        element: (Int, inout [UInt8]) -> Void
    ) {
        bytes.append(contentsOf: opening.utf8)
        for index in 0..<count {
            bytes.append(contentsOf: (index == 0 ? "\n" : ",\n").utf8)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 4 * (indentation + 1)))
            element(index, &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 4 * indentation))
        bytes.append(contentsOf: closing.utf8)
    }
}
