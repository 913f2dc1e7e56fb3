import ArgumentParser

/// Groups the commands under `kbackup files`.
struct FilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files",
        abstract: "Back up folders and files of this machine, and restore them.",
        subcommands: [FilesBackup.self, FilesRestore.self]
    )
}
