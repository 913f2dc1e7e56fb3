import ArgumentParser
import Operations

/// `kbackup show`: one object out of a backup.
struct BackupShow: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print one object out of a backup, as it was in the cluster.",
        discussion: """
            Secrets are printed, too: mind who is watching.

            Example:
              kbackup show nightly deployment/web -n shop
            """
    )

    @Argument(help: "The name of the backup.", completion: NameCompletion.backups)
    var name: String

    @Argument(
        help: ArgumentHelp(
            "The object: 'deployment/web', 'deploy/web', 'deployments.apps/web'.",
            valueName: "kind/name"
        )
    )
    var object: String

    @Option(name: [.short, .long], help: ArgumentHelp("The namespace of the object.", valueName: "namespace"))
    var namespace: String?

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup(title: "Storage") var location: LocationOptions

    @Option(name: [.short, .long], help: ArgumentHelp("How to print it. (default: yaml)", valueName: "format"))
    var output: ShowFormat?

    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(.given([.output: output?.rawValue])) }

    func run(_ session: Session) async throws {
        let show = try ShowObject(
            object,
            namespace: namespace,
            from: name,
            cluster: cluster.cluster,
            settings: session.settings
        )
        try session.print(try await show.run(session.format == .json ? .json : .yaml))
    }
}

/// How an object looks: there is no table of one.
enum ShowFormat: String, ExpressibleByArgument, CaseIterable {
    case yaml, json
}
