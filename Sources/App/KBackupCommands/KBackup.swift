import ArgumentParser
import Operations

/// The command line of kbackup.
struct KBackup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kbackup",
        abstract: "Back up Kubernetes clusters and etcd into a deduplicated, encrypted repository, and restore them.",
        discussion: """
            With a kubeconfig and nothing else, 'kbackup create' backs up the whole cluster into a repository in your \
            home folder. 'kbackup location add' names a bucket or folder to use instead.
            """,
        version: ProgramVersion.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Backups:",
                subcommands: [
                    BackupCreate.self, BackupGet.self, BackupDescribe.self, BackupShow.self, BackupDiff.self,
                    BackupDelete.self, BackupCommand.self,
                ]
            ),
            CommandGroup(name: "Restores:", subcommands: [RestoreCommand.self]),
            CommandGroup(name: "Etcd:", subcommands: [EtcdCommand.self]),
            CommandGroup(name: "Files:", subcommands: [FilesCommand.self]),
            CommandGroup(
                name: "Storage:",
                subcommands: [LocationCommand.self, RepositoryCommand.self, CatalogCommand.self]
            ),
            CommandGroup(name: "Program:", subcommands: [VersionCommand.self, CompletionCommand.self]),
        ]
    )
}
