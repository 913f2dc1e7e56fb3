/// Names one repository for ever: 16 random bytes, written as 32 hexadecimal digits.
package struct RepositoryID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let bytes: [UInt8]

    init() {
        var random = SystemRandomNumberGenerator()
        bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    init?(_ text: String) {
        guard let bytes = [UInt8](hexadecimal: text), bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = RepositoryID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a repository id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String { bytes.hexadecimal }
}
