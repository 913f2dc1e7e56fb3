/// A string of a JSON document.
///
/// Nearly always it is text. JSON can also spell strings that are no Unicode text (`"\ud800"`, half of a surrogate
/// pair); they are kept, too, so that a document comes out as it went in. Equality is by code units: unlike `String`,
/// no two spellings of `é` are taken for equal, as no Kubernetes server does.
package struct JSONString: Sendable {
    private enum Storage: Sendable {
        case text(String)
        /// UTF-8 generalised to lone surrogates ("WTF-8"). Holds at least one.
        case generalized([UInt8])
    }

    private let storage: Storage

    package init(_ text: some StringProtocol) { storage = .text(String(text)) }

    /// - Parameter bytes: UTF-8 in which lone surrogates may stand as three bytes.
    init(generalized bytes: [UInt8]) { storage = .generalized(bytes) }

    /// The text, when it is one.
    package var text: String? {
        guard case .text(let text) = storage else { return nil }
        return text
    }

    /// The text, with U+FFFD in place of lone surrogates.
    package var displayText: String {
        switch storage {
        case .text(let text): text
        case .generalized(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The UTF-8 bytes; lone surrogates stand as three bytes.
    func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        switch storage {
        case .text(let text): body(text.utf8.span)
        case .generalized(let bytes): body(bytes.span)
        }
    }

    package static func == (left: JSONString, right: String) -> Bool { left == JSONString(right) }
}

extension JSONString: Hashable {
    package static func == (left: JSONString, right: JSONString) -> Bool {
        left.withBytes { left in
            right.withBytes { right in
                guard left.count == right.count else { return false }
                for index in left.indices where left[index] != right[index] { return false }
                return true
            }
        }
    }

    package func hash(into hasher: inout Hasher) {
        withBytes { bytes in
            hasher.combine(bytes.count)
            for index in bytes.indices { hasher.combine(bytes[index]) }
        }
    }
}

extension JSONString: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self.init(text) }
}

extension JSONString: CustomStringConvertible {
    package var description: String { displayText }
}
