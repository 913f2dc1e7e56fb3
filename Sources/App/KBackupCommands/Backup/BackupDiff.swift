import ArgumentParser
import Operations

/// `kbackup diff`: what differs from one backup to another.
struct BackupDiff: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show which objects were added, removed or changed from one backup to another.",
        discussion: """
            Of etcd databases, pages are compared. Takes as long as there are differences, whatever the backups hold.

            Examples:
              kbackup diff monday tuesday
              kbackup diff before-upgrade after-upgrade --include-namespaces shop --show-changes
              kbackup diff monday tuesday -o name --exit-code
            """
    )

    @Argument(help: ArgumentHelp("The backup that is the older state.", valueName: "backup"))
    var first: String

    @Argument(help: ArgumentHelp("The backup that is the newer state.", valueName: "backup"))
    var second: String

    @Option(
        help: ArgumentHelp(
            "Only these namespaces and what is in them: names or globs such as 'team-*'. (default: all)",
            valueName: "names"
        )
    )
    var includeNamespaces: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only these resources: 'deployments', 'deploy', 'deployments.apps', '*.apps'. (default: all)",
            valueName: "resources"
        )
    )
    var includeResources: [String] = []

    @Flag(help: "Read changed objects, and show the fields that changed. What Secrets keep is hidden.")
    var showChanges = false

    @Flag(help: "Exit with 3 when the backups differ, and with 0 when they do not.")
    var exitCode = false

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup(title: "Storage") var location: LocationOptions

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("How to print it; 'name' prints the objects alone. (default: table)", valueName: "format")
    )
    var output: DiffFormat?

    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] {
        location.flags.adding(.given([.output: output.flatMap { $0 == .name ? nil : $0.rawValue }]))
    }

    func run(_ session: Session) async throws {
        let compare = CompareBackups(
            first,
            second,
            cluster: cluster.cluster,
            selection: ObjectSelection(
                includedNamespaces: try ListValue.entries(includeNamespaces, of: "--include-namespaces"),
                includedResources: try ListValue.entries(includeResources, of: "--include-resources")
            ),
            showsChanges: showChanges,
            settings: session.settings
        )
        var text = ComparisonText(output == .name ? nil : session.format, to: session.context.standardOutput)
        var differs = false
        do {
            var comparison: BackupComparison?
            let counts = try await compare.run(
                onBegin: { begun in
                    comparison = begun
                    differs = begun.differs
                    try text.begin(begun)
                },
                onObject: { try text.add($0) }
            )
            differs = differs || !counts.isEmpty
            if let comparison { try text.end(comparison, counts) }
        } catch is OutputClosed {
            // Whoever reads has seen enough: there is a difference, or there would have been nothing to read.
            differs = true
        }
        if exitCode, differs {
            throw OperationError(.partial, "The backups '\(first)' and '\(second)' differ.")
        }
    }
}

/// How differences look.
enum DiffFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, yaml, name
}
