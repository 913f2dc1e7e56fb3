import ArgumentParser
import Operations

/// Groups the commands under `kbackup repo repair`.
struct RepositoryRepair: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Mend what is damaged, as far as it can be.",
        discussion: "First put back what is missing from a copy of the bucket or folder, if there is one.",
        subcommands: [RepositoryRepairIndex.self, RepositoryRepairManifests.self]
    )
}

/// `kbackup repo repair index`: makes the index anew.
struct RepositoryRepairIndex: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Make the index anew from the packs. Nothing is lost by it.",
        discussion: "Backups may run at the same time."
    )

    @Flag(help: "Print what would be done, and do nothing.")
    var dryRun = false

    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let report = try await RepairRepository(isDryRun: dryRun, settings: session.settings).index()
        if !session.isQuiet || dryRun || session.format != .table {
            try session.print(try session.render(report, table: RepositoryText.indexRepair))
        }
        guard report.unreadablePacks.isEmpty else {
            throw OperationError(
                .partial,
                "The tables of contents of \(Text.count(report.unreadablePacks.count, "pack")) cannot be read. Their chunks "
                    + "are not in the index, and will be written again."
            )
        }
    }
}

/// `kbackup repo repair manifests`: takes out of backups what is lost.
struct RepositoryRepairManifests: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifests",
        abstract: "Take out of damaged backups what is lost, so that the rest can be used as ever.",
        discussion: """
            Each damaged backup is written anew without what is lost, becomes PartiallyFailed, and names what it has \
            lost. A damaged etcd database is taken out whole. Restores pass over damage without this, too; it is needed \
            before a prune. What was lost cannot be put back from a copy afterwards.
            """
    )

    @Flag(help: "Print what would be done, and do nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp("Look for damage in the data of all packs, or of so many in a hundred.", valueName: "N%"),
        transform: PercentValue.parsed
    )
    var readData: PercentValue?

    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let report = try await RepairRepository(isDryRun: dryRun, settings: session.settings)
            .manifests(dataPercent: readData?.percent ?? 0)
        if !session.isQuiet || dryRun || session.format != .table {
            try session.print(try session.render(report, table: RepositoryText.manifestRepair))
        }
        guard report.unreadable.isEmpty, report.contested.isEmpty else {
            throw OperationError(
                .partial,
                "Not mended: \(Text.list((report.unreadable + report.contested).map(\.name), orElse: "none")). Of a backup "
                    + "that cannot be read nothing is left but to delete it; one that was changed meanwhile can be tried again."
            )
        }
    }
}
