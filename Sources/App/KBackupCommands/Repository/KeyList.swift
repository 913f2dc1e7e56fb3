import ArgumentParser
import Operations

/// `kbackup repo key list`: shows the key slots of a repository.
struct KeyList: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the keys that open the repository; a star marks what your key opens.",
        aliases: ["get", "ls"]
    )

    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let slots = try await ListKeySlots(settings: session.settings).run()
        try session.print(try session.render(slots) { KeySlotText.table($0.items) })
    }
}
