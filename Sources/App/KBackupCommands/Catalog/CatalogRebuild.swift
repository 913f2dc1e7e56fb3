import ArgumentParser
import Operations

/// `kbackup catalog rebuild`: reads everything anew from the repository.
struct CatalogRebuild: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Make the catalog's records of a location anew from its repository."
    )

    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let report = try await RebuildCatalog(settings: session.settings).run()
        if session.isQuiet, session.format == .table { return }
        try session.print(
            try session.render(report) { report in
                guard let location = report.locations.first else { return "There are no backups to read." }
                return "The catalog '\(report.catalog)' knows \(Text.count(location.backups, "backup")) and "
                    + "\(Text.count(location.restores, "restore")) of location '\(location.location)'."
            }
        )
    }
}
