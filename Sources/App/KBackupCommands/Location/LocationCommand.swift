import ArgumentParser

/// Groups the commands under `kbackup location`.
struct LocationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "location",
        abstract: "Name the buckets and folders where backups are kept.",
        subcommands: [LocationAdd.self, LocationGet.self, LocationRemove.self, LocationCheck.self],
        aliases: ["locations", "backup-location"]
    )
}
