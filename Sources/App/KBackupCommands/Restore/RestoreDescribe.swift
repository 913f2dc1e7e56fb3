import ArgumentParser
import Operations

/// `kbackup restore describe`: everything about a restore.
struct RestoreDescribe: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Show all about a restore: what was created, left as it was, or failed, and why."
    )

    @Argument(help: "The name of the restore.", completion: NameCompletion.restores)
    var name: String

    @Option(help: ArgumentHelp("The cluster that was restored into: its id, or the start of it.", valueName: "id"))
    var cluster: String?

    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let restore = try await ListRestores(settings: session.settings).run(name: name, cluster: cluster)
        try session.print(try session.render(restore, table: RestoreText.description))
    }
}
