import ArgumentParser

/// `kbackup backup …`: the commands on backups, as Velero users type them.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "The same commands as 'kbackup backup …', as Velero has them.",
        subcommands: [
            BackupCreate.self, BackupGet.self, BackupDescribe.self, BackupShow.self, BackupDiff.self, BackupDelete.self,
        ],
        aliases: ["backups"]
    )
}
