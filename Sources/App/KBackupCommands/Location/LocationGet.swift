import ArgumentParser
import Operations

/// `kbackup location get`: lists locations.
struct LocationGet: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "List the storage locations; a star marks the one that is used when none is named.",
        aliases: ["list", "ls"]
    )

    @Argument(help: "Only the location of this name.", completion: NameCompletion.locations)
    var name: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { output.flags }

    func run(_ session: Session) async throws {
        let locations = try ListLocations(settings: session.settings).run(name: name)
        if name != nil, let location = locations.first {
            return try session.print(try session.render(location) { LocationText.table([$0]) })
        }
        try session.print(try session.render(ListDocument(locations)) { LocationText.table($0.items) })
    }
}
