import ArgumentParser
import Operations

/// What a user reads of a command line that is not understood: one line that ends with where it is explained.
enum UsageMessage {
    /// - Parameters:
    ///   - parsed: What the argument parser says.
    ///   - arguments: The command line, as the user wrote it.
    static func text(_ parsed: String, of arguments: [String]) -> String {
        let problem = ErrorMessage.line(withoutFarSuggestion(withValuesOnOneLine(parsed)))
        let message = misplacedValue(problem, in: arguments) ?? problem
        let end = message.last.map { ".?!".contains($0) } == true ? "" : "."
        return "\(message)\(end) '\(NamedCommand(arguments).path) --help' shows how it is written."
    }

    /// The parser lists more than five values on a line each.
    private static func withValuesOnOneLine(_ message: String) -> String {
        let lines = message.split(whereSeparator: \.isNewline)
        let values = lines.filter { $0.hasPrefix("  - ") }.map { "'\($0.dropFirst(4))'" }
        guard !values.isEmpty else { return message }
        let others = lines.filter { !$0.hasPrefix("  - ") }.joined(separator: "\n")
        return "\(others)\n\(values.joined(separator: ", "))"
    }

    /// The parser takes options for near that have nothing in common but being short.
    private static func withoutFarSuggestion(_ message: String) -> String {
        let suggestion = /Unknown option '-+(?<typed>[^']+)'(?<hint>\. Did you mean '-+(?<name>[^']+)'\?)/
        guard let match = message.firstMatch(of: suggestion),
            Suggestion.hint(String(match.typed), among: [String(match.name)]).isEmpty
        else { return message }
        return message.replacing(match.hint, with: "")
    }

    /// An option that may stand alone takes no value that it cannot have, so that the parser is left with the value.
    private static func misplacedValue(_ message: String, in arguments: [String]) -> String? {
        guard let value = message.wholeMatch(of: /Unexpected argument '(?<value>.*)'/)?.value,
            let found = OptionalValues.option(before: String(value), in: arguments)
        else { return nil }
        return "The value '\(value)' is invalid for '\(found.option)': \(found.form)"
    }
}
