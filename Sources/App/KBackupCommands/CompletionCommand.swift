import ArgumentParser

/// Prints a completion script: `kbackup completion bash|zsh|fish`.
struct CompletionCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a completion script for a shell.",
        discussion: """
            Examples:
              source <(kbackup completion bash)
              kbackup completion zsh > "${fpath[1]}/_kbackup"
              kbackup completion fish > ~/.config/fish/completions/kbackup.fish
            """
    )

    /// The shells that scripts can be made for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var script: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "The shell.")
    var shell: Shell

    func run(in context: CommandContext) async throws {
        try context.print(KBackup.completionScript(for: shell.script))
    }
}
