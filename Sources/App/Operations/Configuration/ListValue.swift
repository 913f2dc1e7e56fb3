/// The value of an option that takes a list: texts that may be joined by commas.
package enum ListValue {
    /// The entries of all texts, without white space at their ends.
    ///
    /// - Parameters:
    ///   - texts: One for each time the option was given.
    ///   - option: What messages call the option.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage`` for an empty entry: a variable of a script that
    ///   is not set must not turn "these" into "all".
    package static func entries(_ texts: [String], of option: String) throws(OperationError) -> [String] {
        let entries = texts.flatMap { text in
            text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
        }
        guard entries.contains("") else { return entries }
        let text = texts.first {
            $0.split(separator: ",", omittingEmptySubsequences: false).contains { $0.trimmed.isEmpty }
        }
        throw OperationError(
            .usage,
            "\(option) has an empty entry in '\(text ?? "")'. Say what is meant, or leave the option out."
        )
    }
}
