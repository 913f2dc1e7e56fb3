import ArgumentParser
import Operations

/// `kbackup repo check`: looks for damage.
struct RepositoryCheck: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look for damage in a repository, and name the backups that it harms.",
        discussion: """
            Reads every snapshot and manifest, the index, and the table of contents of every pack. With --read-data all \
            data is read and verified as well, with --read-data=10% that of so many packs, chosen anew each time. Exits \
            with 3 when something is damaged.
            """
    )

    @Option(
        help: ArgumentHelp("Read and verify the data of all packs, or of so many in a hundred.", valueName: "N%"),
        transform: PercentValue.parsed
    )
    var readData: PercentValue?

    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let report = try await CheckRepository(dataPercent: readData?.percent ?? 0, settings: session.settings).run()
        if !session.isQuiet || !report.sound || session.format != .table {
            try session.print(try session.render(report, table: RepositoryText.check))
        }
        guard report.sound else {
            throw OperationError(
                .partial,
                "The repository is damaged: \(Text.count(report.harmedBackups.count, "backup")) harmed. Put back what is "
                    + "missing from a copy, or see 'kbackup repo repair --help'."
            )
        }
    }
}
