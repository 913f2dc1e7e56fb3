extension JSONValue {
    /// The document as compact JSON in UTF-8.
    package func serialized() -> [UInt8] {
        var bytes: [UInt8] = []
        serialize(to: &bytes)
        return bytes
    }

    /// Appends the document to `bytes`.
    package func serialize(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let number): bytes.append(contentsOf: number.literal.utf8)
        case .string(let string): string.serialize(to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.serialize(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                member.key.serialize(to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.serialize(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}

extension JSONString {
    /// Appends the string in quotes; only what must be escaped is.
    func serialize(to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        withBytes { bytes in
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                    output.append(UInt8(ascii: "\\"))
                    output.append(byte)
                case UInt8(ascii: "\n"): output.append(contentsOf: #"\n"#.utf8)
                case UInt8(ascii: "\r"): output.append(contentsOf: #"\r"#.utf8)
                case UInt8(ascii: "\t"): output.append(contentsOf: #"\t"#.utf8)
                case 0..<0x20:
                    Self.appendEscape(UInt16(byte), to: &output)
                case 0xED where bytes[index] >= 0xA0:
                    // A lone surrogate, spelt 0xED 0xA0…0xBF 0x80…0xBF; no other sequence starts so.
                    Self.appendEscape(
                        0xD000 | UInt16(bytes[index] & 0x3F) << 6 | UInt16(bytes[index + 1] & 0x3F),
                        to: &output
                    )
                    index += 2
                default:
                    output.append(byte)
                }
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func appendEscape(_ unit: UInt16, to output: inout [UInt8]) {
        let digits = String(unit, radix: 16)
        output.append(contentsOf: #"\u"#.utf8)
        output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
        output.append(contentsOf: digits.utf8)
    }
}
