import ArgumentParser
import Operations

/// `kbackup location remove`: forgets a location.
struct LocationRemove: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Forget a location. Its backups and its key stay where they are.",
        aliases: ["rm", "delete"]
    )

    @Argument(help: "The name of the location.", completion: NameCompletion.locations)
    var name: String

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) async throws {
        let location = try await RemoveLocation(name, settings: session.settings).run()
        guard !session.isQuiet else { return }
        let key = location.keyFile.map { " Keep the key '\($0)' as long as the backups." } ?? ""
        try session.print("Location '\(name)' is forgotten. Its backups at '\(location.url)' are still there.\(key)")
    }
}
