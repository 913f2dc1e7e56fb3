/// What a user reads of an error: one line.
package enum ErrorMessage {
    package static func text(of error: any Error) -> String {
        if error is CancellationError { return "Interrupted." }
        // Errors of every module describe themselves in full sentences; others may do so on several lines.
        return line("\(error)")
    }

    /// Joins the lines of a text, and leaves out what would command a terminal: servers have their say in it.
    package static func line(_ text: String) -> String {
        printable(text.split(whereSeparator: \.isNewline).map { $0.trimmed }.joined(separator: " "))
    }

    /// The text without control characters other than line breaks.
    package static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.unicodeScalars.filter { !isControl($0) })
        return String(scalars)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar != "\n" && scalar.properties.generalCategory == .control
    }
}
