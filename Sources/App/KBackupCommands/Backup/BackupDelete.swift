import ArgumentParser
import Operations

/// `kbackup delete`: deletes backups.
struct BackupDelete: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete backups. Data that other backups share stays."
    )

    @Argument(help: "The names of the backups.", completion: NameCompletion.backups)
    var names: [String]

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags }

    func run(_ session: Session) async throws {
        try await DeleteBackups(names, cluster: cluster.cluster, settings: session.settings).run(
            confirm: { names, location in
                let what =
                    names.count == 1
                    ? "backup '\(names[0])'" : "\(names.count) backups (\(names.joined(separator: ", ")))"
                try await confirmation.confirm("Delete \(what) from location '\(location)'?", in: session)
            },
            onDeleted: { name in if !session.isQuiet { try session.print("Backup '\(name)' is deleted.") } }
        )
        session.say("kbackup: Space is given back by 'kbackup repo prune'.")
    }
}
