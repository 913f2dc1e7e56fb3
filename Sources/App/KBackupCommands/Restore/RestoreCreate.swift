import ArgumentParser
import Operations

/// `kbackup restore create`: restores from a backup.
struct RestoreCreate: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Bring objects of a backup back into a cluster.",
        discussion: """
            Objects that exist are left as they are; those that differ are reported. Exits with 3 when something could \
            not be restored; standard error says what. A restore that was cut off is finished when it is created again \
            with the same name and selection: standard error and 'kbackup restore describe' give the command.

            Examples:
              kbackup restore create --from-backup nightly
              kbackup restore create --from-backup nightly --include-namespaces shop
                --namespace-mappings shop:shop-copy
            """
    )

    @Argument(help: "The name of the restore. (default: <backup>-<time in UTC>)")
    var name: String?

    @Option(help: ArgumentHelp("The backup to restore from.", valueName: "name"), completion: NameCompletion.backups)
    var fromBackup: String

    @OptionGroup(title: "Selection") var selection: SelectionOptions

    @Option(help: ArgumentHelp("Restore into other namespaces: 'old:new,…'.", valueName: "mappings"))
    var namespaceMappings: [String] = []

    @OptionGroup(title: "Cluster") var kubernetes: KubernetesOptions
    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup(title: "Storage") var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { kubernetes.flags.adding(location.flags).adding(output.flags) }

    func run(_ session: Session) async throws {
        let restore = try RestoreBackup(
            name: name,
            from: fromBackup,
            cluster: cluster.cluster,
            selection: try selection.selection,
            namespaceMappings: try ListValue.entries(namespaceMappings, of: "--namespace-mappings"),
            settings: session.settings
        )
        let outcome = try await Progress.shown(in: session) { try await restore.run(onProgress: $0) }
        try session.printRestored(outcome)
    }
}

extension Session {
    /// Prints what became of a restore.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/partial`` when something is missing.
    fileprivate func printRestored(_ outcome: RestoreBackup.Outcome) throws {
        let restore = outcome.restore
        if isQuiet, format == .table {
            try print(restore.name)
        } else {
            try print(try render(restore, table: RestoreText.summary))
        }
        for warning in restore.warnings { warn(warning) }
        if let failure = outcome.reportFailure {
            throw OperationError(
                .partial,
                "Restore '\(restore.name)' is done (\(restore.phase)), but its report could not be stored. \(failure)"
            )
        }
        guard !restore.isComplete else { return }
        complain("not restored", restore.failures, allOf: restore.failures.count + restore.omitted.failures)
        complain("differs", restore.conflicts, allOf: restore.conflicts.count + restore.omitted.conflicts)
        throw OperationError(
            .partial,
            "Restore '\(restore.name)' is not complete. 'kbackup restore describe \(restore.name)' lists what is missing."
        )
    }
}
