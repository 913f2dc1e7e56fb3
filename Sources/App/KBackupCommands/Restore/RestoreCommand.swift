import ArgumentParser

/// Groups the commands under `kbackup restore`.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore objects from a backup, and look at restores.",
        subcommands: [RestoreCreate.self, RestoreGet.self, RestoreDescribe.self],
        aliases: ["restores"]
    )
}
