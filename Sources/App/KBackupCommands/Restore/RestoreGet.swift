import ArgumentParser
import Operations

/// `kbackup restore get`: lists restores.
struct RestoreGet: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "List restores, the newest first.",
        aliases: ["list", "ls"]
    )

    @Argument(help: "Only the restore of this name.", completion: NameCompletion.restores)
    var name: String?

    @Option(help: ArgumentHelp("The cluster that was restored into: its id, or the start of it.", valueName: "id"))
    var cluster: String?

    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let list = ListRestores(settings: session.settings)
        let now = session.context.now()
        if let name {
            let restore = try await list.run(name: name, cluster: cluster)
            return try session.print(try session.render(restore) { RestoreText.table([$0], now: now) })
        }
        let restores = try await list.run(cluster: cluster)
        if restores.isEmpty, session.format == .table { return session.say("There are no restores.") }
        try session.print(try session.render(ListDocument(restores)) { RestoreText.table($0.items, now: now) })
    }
}
