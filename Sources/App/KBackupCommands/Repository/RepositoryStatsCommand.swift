import ArgumentParser
import Operations

/// `kbackup repo stats`: counts what a repository holds.
struct RepositoryStatsCommand: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what a repository holds, and what of it backups need.",
        discussion: "Reads every snapshot and every manifest, but no data."
    )

    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let report = try await RepositoryStats(settings: session.settings).run()
        try session.print(try session.render(report, table: RepositoryText.stats))
        if report.unreadable > 0 {
            throw OperationError(
                .partial,
                "\(Text.count(report.unreadable, "snapshot or manifest page")) cannot be read and is not counted. "
                    + "'kbackup repo check' says what is damaged."
            )
        }
    }
}
