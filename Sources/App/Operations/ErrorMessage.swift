/// What a user reads of an error: one line.
package enum ErrorMessage {
    package static func text(of error: any Error) -> String {
        if error is CancellationError { return "Interrupted." }
        // Errors of every module describe themselves in full sentences; others may do so on several lines.
        return line("\(error)")
    }

    /// Joins the lines of a text.
    package static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.trimmed }.joined(separator: " ")
    }
}
