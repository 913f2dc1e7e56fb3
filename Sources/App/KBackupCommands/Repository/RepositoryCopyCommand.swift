import ArgumentParser
import Operations

/// `kbackup repo copy`: copies backups into the repository of another location.
struct RepositoryCopyCommand: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy backups into the repository of another location.",
        discussion: """
            The other repository is made when there is none, with a master key of its own: everything is read, verified \
            and encrypted anew. Copies that are there already are left alone, so that the same command goes on where one \
            was cut off, and copies only what is new each time. Exits with 3 when a backup could not be copied.

            Examples:
              kbackup repo copy --to offsite
              kbackup repo copy --to offsite nightly-1 nightly-2 --storage-location prod
            """
    )

    @Argument(help: "The names of the backups. (default: all)")
    var names: [String] = []

    @Option(help: ArgumentHelp("The location that the copies go to.", valueName: "name"))
    var to: String

    @Option(
        help: ArgumentHelp("The key file of the repository there. (default: as configured)", valueName: "file"),
        completion: .file()
    )
    var toKeyFile: String?

    @Option(
        help: ArgumentHelp("A file that holds the passphrase of the repository there.", valueName: "file"),
        completion: .file()
    )
    var toPassphraseFile: String?

    @Option(help: ArgumentHelp("As many requests read at once.", valueName: "count"))
    var jobs = 4

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let target = CopyRepository.Target(location: to, keyFile: toKeyFile, passphraseFile: toPassphraseFile)
        let copy = try CopyRepository(
            to: target,
            names: names,
            cluster: cluster.cluster,
            jobs: jobs,
            settings: session.settings
        )
        let document = try await Progress.shown(in: session) { try await copy.run(onProgress: $0) }
        if !session.isQuiet || session.format != .table {
            try session.print(try session.render(document, table: RepositoryCopyText.table))
        }
        let failed = document.failed
        guard !failed.isEmpty else { return }
        for backup in failed {
            session.context.messages.line("kbackup: not copied: \(backup.name): \(backup.message ?? "")")
        }
        throw OperationError(
            .partial,
            "\(failed.count) of \(document.backups.count) backups were not copied to location '\(document.to)'."
        )
    }
}
