import ArgumentParser
import Operations

/// `kbackup repo prune`: gives the space of deleted backups back.
struct RepositoryPrune: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Give back the space of what no backup needs any more.",
        discussion: """
            Backups and restores may run at the same time. What nothing needs is marked first, and deleted by a prune \
            that runs when the grace has passed: run it daily. It can be cut off and repeated at any time.

            Of packs of which backups need only some, that is written anew, the emptiest packs first, until no more than \
            --max-unused of what is stored is of no need. Such a pack is deleted when the grace has passed, so that for a \
            time both are there. With --max-repack 0 nothing is written.

            With --exclusive everything is deleted at once. Use it only when nothing else uses the repository: a backup \
            that runs at the same time would be damaged.
            """
    )

    @Flag(help: "Print what would be done, and do nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "How long to keep what is marked: longer than your longest backup, and at least 1h. (default: 72h)",
            valueName: "duration"
        ),
        transform: DurationValue.parsed
    )
    var grace: DurationValue?

    @Flag(help: "Delete at once, because nothing else uses the repository.")
    var exclusive = false

    @Option(
        help: ArgumentHelp(
            "How much may be left in packs that no backup needs. (default: 5%)",
            valueName: "percent"
        ),
        transform: ShareValue.parsed
    )
    var maxUnused: ShareValue?

    @Option(
        help: ArgumentHelp(
            "Write packs of so much together anew at most: 500M, 10G, unlimited, or 0 for none. (default: 10G)",
            valueName: "size"
        ),
        transform: SizeValue.parsed
    )
    var maxRepack: SizeValue?

    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func validate() throws {
        if let grace, grace.duration < PruneRepository.shortestGrace {
            throw ValidationError(
                "The grace must be at least 1h. When nothing else uses the repository, say --exclusive instead."
            )
        }
        if grace != nil, exclusive { throw ValidationError("With --exclusive there is no --grace.") }
    }

    func run(_ session: Session) async throws {
        let report = try await PruneRepository(
            grace: grace?.duration,
            isDryRun: dryRun,
            isExclusive: exclusive,
            repackLimit: maxRepack?.sizeInBytes,
            unusedPercent: maxUnused?.percent,
            settings: session.settings
        ).run()
        if session.isQuiet, session.format == .table, !dryRun { return }
        try session.print(try session.render(report, table: RepositoryText.prune))
    }
}
