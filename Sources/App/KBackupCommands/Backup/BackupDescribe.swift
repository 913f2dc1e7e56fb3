import ArgumentParser
import Operations

/// `kbackup describe`: everything about a backup.
struct BackupDescribe: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Show all about a backup: counts per resource, what was left out and why, sizes, times."
    )

    @Argument(help: "The name of the backup.", completion: NameCompletion.backups)
    var name: String

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let backup = try await DescribeBackup(name, cluster: cluster.cluster, settings: session.settings).run()
        try session.print(try session.render(backup, table: BackupText.description))
    }
}
