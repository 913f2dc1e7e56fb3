import ArgumentParser
import Operations

/// `kbackup etcd snapshot`: a backup of the database alone.
struct EtcdSnapshot: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Back up the database of etcd, verified by its own hash. Only changed pages are stored.",
        discussion: """
            Example:
              cd /etc/kubernetes/pki/etcd
              kbackup etcd snapshot --endpoints https://127.0.0.1:2379
                --cacert ca.crt --cert peer.crt --key peer.key
            """
    )

    @Argument(help: "The name of the backup. (default: etcd-<time in UTC>)")
    var name: String?

    @OptionGroup(title: "Etcd") var etcd: EtcdctlOptions
    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { etcd.flags.adding(location.flags).adding(output.flags) }

    var flagNames: [Setting: String] { EtcdctlOptions.flagNames }

    func run(_ session: Session) async throws {
        let create = try CreateBackup(name: name, scope: .etcd, settings: session.settings)
        let backup = try await Progress.shown(in: session) { try await create.run(onProgress: $0) }
        try session.printCreated(backup)
    }
}
