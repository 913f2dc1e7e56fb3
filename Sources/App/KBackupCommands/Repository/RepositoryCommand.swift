import ArgumentParser

/// Groups the commands under `kbackup repo`.
struct RepositoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo",
        abstract: "Look after a repository: count, check, mend, give space back, and change its keys.",
        subcommands: [
            RepositoryStatsCommand.self, RepositoryPrune.self, RepositoryCheck.self, RepositoryRepair.self,
            RepositoryKeyCommand.self,
        ],
        aliases: ["repository"]
    )
}
