import ArgumentParser
import Operations

/// A command line that begins with a command there is not.
enum UnknownCommand {
    /// - Returns: What to tell of it; `nil` when all commands of the line are known.
    static func message(_ arguments: [String]) -> String? {
        var command: any ParsableCommand.Type = KBackup.self
        var path = "kbackup"
        for word in arguments {
            let subcommands = command.configuration.subcommands
            guard !subcommands.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
            guard let next = subcommands.first(where: { names(of: $0).contains(word) }) else {
                let hint = Suggestion.hint(word, among: subcommands.flatMap(names))
                return "There is no command '\(path) \(word)'.\(hint)"
            }
            command = next
            path += " \(word)"
        }
        return nil
    }

    private static func names(of command: any ParsableCommand.Type) -> [String] {
        [command.configuration.commandName ?? ""] + command.configuration.aliases
    }
}
