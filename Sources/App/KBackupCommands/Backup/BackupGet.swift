import ArgumentParser
import Operations

/// `kbackup get`: lists backups.
struct BackupGet: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "List backups, the newest first.",
        aliases: ["list", "ls"]
    )

    @Argument(help: "Only the backup of this name.", completion: NameCompletion.backups)
    var name: String?

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let now = session.context.now()
        if let name {
            let describe = DescribeBackup(name, cluster: cluster.cluster, settings: session.settings)
            let backup = try await describe.run()
            return try session.print(try session.render(backup) { BackupText.table([BackupRow($0)], now: now) })
        }
        let list = ListBackups(cluster: cluster.cluster, settings: session.settings)
        guard session.format == .table else {
            let backups = ListDocument(try await list.documents())
            return try session.print(try session.render(backups) { _ in "" })
        }
        // A table needs less than the catalog knows of each backup.
        let rows = try await list.rows()
        if rows.isEmpty { return session.say("There are no backups.") }
        try session.print(BackupText.table(rows, now: now))
    }
}
