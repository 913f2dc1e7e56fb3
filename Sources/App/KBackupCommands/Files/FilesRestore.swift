import ArgumentParser
import Operations

/// `kbackup files restore`: the files of a backup.
struct FilesRestore: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore the folders and files of a backup into a folder, under the paths that they had.",
        discussion: """
            Each path of the backup is made in the folder that --to names: /srv/data becomes FOLDER/srv/data. Nothing is \
            written outside of it. Owners, and attributes that belong to the system, are restored for root only.

            Example:
              kbackup files restore files-20261128101500 --to /tmp/restored --include /srv/data/reports
            """
    )

    @Argument(help: "The name of the backup.")
    var backup: String

    @Option(
        help: ArgumentHelp("The folder to restore into; made when it is not there.", valueName: "folder"),
        completion: .directory
    )
    var to: String

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Restore only this path of the backup, with what is in it; may be given several times.",
            valueName: "path"
        )
    )
    var include: [String] = []

    @Flag(help: "Restore into a folder that is not empty, and replace files that are there.")
    var overwrite = false

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let restore = RestoreFiles(
            backup,
            cluster: cluster.cluster,
            into: to,
            including: include,
            overwrites: overwrite,
            settings: session.settings
        )
        let result = try await Progress.shown(in: session) { try await restore.run(onProgress: $0) }
        if !(session.isQuiet && session.format == .table) {
            try session.print(try session.render(result, table: FilesText.summary))
        }
        for warning in result.warnings { session.say("kbackup: warning: \(warning)") }
        guard !result.isComplete else { return }
        session.complain("not restored", result.failures, allOf: result.failedPaths)
        throw OperationError(
            .partial,
            "The restore of '\(result.backup)' is not complete: \(Text.count(result.failedPaths, "failure")), listed above."
        )
    }
}
