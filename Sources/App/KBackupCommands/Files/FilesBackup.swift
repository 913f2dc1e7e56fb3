import ArgumentParser
import Operations

/// `kbackup files backup`: folders and files of this machine.
struct FilesBackup: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Back up folders and files. Only what has changed since the last backup of the same paths is read.",
        discussion: """
            A file counts as unchanged when its size, times of modification and change, and inode are what they were, \
            and it had not changed in the two seconds before it was read. Files that cannot be read, or change while \
            they are read, are listed, and the backup is PartiallyFailed.

            --exclude takes patterns as in a .gitignore: without '/' they match a name at any depth, with one from \
            PATH on; '*' and '?' match within a name, '**' any number of folders; a '/' at the end matches folders only, \
            a '!' in front takes back an earlier pattern.

            Example:
              kbackup files backup /srv/data --exclude '*.tmp' --exclude /cache/
            """
    )

    @Argument(help: "The folders and files.", completion: .file())
    var paths: [String]

    @Option(help: ArgumentHelp("The name of the backup. (default: files-<time in UTC>)", valueName: "name"))
    var name: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Leave out what matches; may be given several times.", valueName: "pattern")
    )
    var exclude: [String] = []

    @Flag(help: "Leave folders empty on which another file system is mounted.")
    var oneFileSystem = false

    @Option(help: ArgumentHelp("The machine that the files are of. (default: the name of this one)", valueName: "name"))
    var host: String?

    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let backUp = try BackUpFiles(
            paths,
            name: name,
            host: host,
            excludes: exclude,
            staysOnFileSystem: oneFileSystem,
            settings: session.settings
        )
        let backup = try await Progress.shown(in: session) { try await backUp.run(onProgress: $0) }
        try session.printCreated(backup)
    }
}
