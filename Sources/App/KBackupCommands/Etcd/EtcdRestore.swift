import ArgumentParser
import Operations

/// `kbackup etcd restore`: the snapshot file of a backup.
struct EtcdRestore: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Write the etcd snapshot of a backup to a file, verified: what 'etcdctl snapshot restore' takes.",
        discussion: """
            Example:
              kbackup etcd restore nightly --output snapshot.db
              etcdctl snapshot restore snapshot.db --data-dir /var/lib/etcd
            """
    )

    @Argument(help: "The name of the backup.", completion: NameCompletion.backups)
    var backup: String

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The file to write; '-' is standard output.", valueName: "file"),
        completion: .file()
    )
    var output: String

    @Flag(help: "Replace the file when there is one.")
    var force = false

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags }

    func run(_ session: Session) async throws {
        let isStream = output == "-"
        let target: WriteEtcdSnapshot.Target =
            isStream ? .stream(session.context.outputDescriptor) : .file(output, overwrites: force)
        let write = WriteEtcdSnapshot(backup, cluster: cluster.cluster, to: target, settings: session.settings)
        let etcd = try await Progress.shown(in: session) { try await write.run(onProgress: $0) }
        let result =
            "Snapshot of etcd \(etcd.version) at revision \(BackupText.revision(etcd)) (\(Text.bytes(etcd.sizeInBytes))) is in "
            + "'\(output)'."
        if isStream { return }
        if !session.isQuiet { try session.print(result) }
    }
}
