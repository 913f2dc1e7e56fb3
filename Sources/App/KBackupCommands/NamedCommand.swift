import ArgumentParser
import Operations

/// The command that a line begins with.
struct NamedCommand {
    /// As far as its words are known: `kbackup repo key`.
    private(set) var path = "kbackup"
    /// What to tell of the first word that is no command where one must be.
    private(set) var problem: String?

    /// - Parameter arguments: Without the program's name. `help` may come before the command.
    init(_ arguments: [String]) {
        var command: any ParsableCommand.Type = KBackup.self
        for word in arguments.first == "help" ? arguments.dropFirst() : arguments[...] {
            let subcommands = command.configuration.subcommands
            guard !subcommands.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
            guard let next = subcommands.first(where: { Self.names(of: $0).contains(word) }) else {
                let hint = Suggestion.hint(word, among: subcommands.flatMap(Self.names))
                problem = "There is no command '\(path) \(word)'.\(hint) '\(path) --help' lists the commands."
                return
            }
            command = next
            path += " \(word)"
        }
    }

    private static func names(of command: any ParsableCommand.Type) -> [String] {
        [command.configuration.commandName ?? ""] + command.configuration.aliases
    }
}
