import ArgumentParser

/// Groups the commands under `kbackup etcd`.
struct EtcdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "etcd",
        abstract: "Back up an etcd database alone, and get a snapshot file back.",
        subcommands: [EtcdSnapshot.self, EtcdRestore.self]
    )
}
