/// Why bytes are not the JSON that was expected.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The bytes break JSON's grammar.
        case malformed
        /// The bytes end before the document does.
        case truncated
        /// Objects and arrays are nested deeper than is accepted.
        case tooDeep
        /// The document, or one item of a list, is longer than is accepted.
        case tooLarge
        /// The JSON is sound, but not what it should be: a list without items, an object whose name is a number.
        case unexpected
    }

    package let code: Code
    /// A full sentence.
    ///
    /// It names the place but quotes nothing of the document, which may be secret.
    package let message: String
    /// Bytes from the start of the document, or of the stream.
    package let offset: Int

    package init(_ code: Code, _ message: String, offset: Int) {
        self.code = code
        self.message = message
        self.offset = offset
    }

    package var description: String { "\(message) (at byte \(offset))" }
}
