import ArgumentParser
import Operations

/// `kbackup create`: takes a backup.
struct BackupCreate: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Back up a cluster's objects, and its etcd database when its endpoints are given.",
        discussion: """
            Without filters everything is backed up. Exits with 3 when something is missing in the backup; standard \
            error says what.

            Examples:
              kbackup create
              kbackup create before-upgrade --include-namespaces shop,payments
              kbackup create --etcd-endpoints https://10.0.0.1:2379 --etcd-cacert ca.crt
                --etcd-cert etcd.crt --etcd-key etcd.key
            """
    )

    @Argument(help: "The name of the backup. (default: backup-<time in UTC>)")
    var name: String?

    @OptionGroup(title: "Selection") var selection: SelectionOptions

    @Flag(help: "Print what would be backed up, and by which rule, and write nothing.")
    var dryRun = false

    @OptionGroup(title: "Cluster") var kubernetes: KubernetesOptions
    @OptionGroup(title: "Etcd") var etcd: EtcdOptions
    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] {
        kubernetes.flags.adding(etcd.flags).adding(location.flags).adding(output.flags)
    }

    func run(_ session: Session) async throws {
        let create = try CreateBackup(name: name, scope: .objects(try selection.selection), settings: session.settings)
        guard !dryRun else {
            let plan = try await create.plan()
            try session.print(try session.render(plan, table: BackupPlanText.text))
            for warning in plan.warnings { session.warn(warning) }
            guard !plan.failures.isEmpty else { return }
            session.complain("missing", plan.failures, allOf: plan.failures.count)
            throw OperationError(
                .partial,
                "Backup '\(plan.name)' would lack \(plan.failures.count) of its parts."
            )
        }
        let backup = try await Progress.shown(in: session) { try await create.run(onProgress: $0) }
        try session.printCreated(backup)
    }
}

extension Session {
    /// Prints what became of a backup.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/partial`` when it lacks something.
    func printCreated(_ backup: BackupDocument) throws {
        if isQuiet, format == .table {
            try print(backup.name)
        } else {
            try print(try render(backup, table: BackupText.summary))
        }
        for warning in backup.warnings { warn(warning) }
        guard !backup.isComplete else { return }
        complain("missing", backup.failures, allOf: backup.failures.count)
        throw OperationError(
            .partial,
            "Backup '\(backup.name)' is usable, but \(backup.failures.count) of its parts failed and are missing."
        )
    }
}
