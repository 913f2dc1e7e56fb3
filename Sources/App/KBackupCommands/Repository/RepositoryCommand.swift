import ArgumentParser

/// Groups the commands under `kbackup repo`.
struct RepositoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo",
        abstract: "Look after a repository: count, check, mend, give space back, copy backups, and change keys.",
        subcommands: [
            RepositoryStatsCommand.self, RepositoryPrune.self, RepositoryCheck.self, RepositoryRepair.self,
            RepositoryCopyCommand.self, RepositoryKeyCommand.self,
        ],
        aliases: ["repository"]
    )
}
