import ArgumentParser
import Operations

/// Which etcd, for `kbackup create`.
struct EtcdOptions: ParsableArguments {
    @Option(
        name: .customLong("etcd-endpoints"),
        help: ArgumentHelp(
            "Back up the etcd database, too, through these client URLs: https://HOST:2379, …",
            valueName: "urls"
        )
    )
    var endpoints: [String] = []

    @Option(
        name: .customLong("etcd-cacert"),
        help: ArgumentHelp("Certificates to trust, of etcd.", valueName: "file"),
        completion: .file()
    )
    var caCert: String?

    @Option(
        name: .customLong("etcd-cert"),
        help: ArgumentHelp("Our certificate for etcd.", valueName: "file"),
        completion: .file()
    )
    var cert: String?

    @Option(
        name: .customLong("etcd-key"),
        help: ArgumentHelp("The key of our certificate for etcd.", valueName: "file"),
        completion: .file()
    )
    var key: String?

    @Option(
        name: .customLong("etcd-user"),
        help: ArgumentHelp("The etcd user; the password is in KBACKUP_ETCD_PASSWORD or a file.", valueName: "name")
    )
    var user: String?

    @Option(
        name: .customLong("etcd-password-file"),
        help: ArgumentHelp("A file that holds the etcd user's password.", valueName: "file"),
        completion: .file()
    )
    var passwordFile: String?

    var flags: [Setting: [String]] {
        [Setting: [String]].given([
            .etcdCACert: caCert, .etcdCert: cert, .etcdKey: key, .etcdUser: user, .etcdPasswordFile: passwordFile,
        ]).adding([.etcdEndpoints: endpoints])
    }
}

/// The same, as `etcdctl` calls them, for `kbackup etcd snapshot`.
struct EtcdctlOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Client URLs of the members: https://HOST:2379, …", valueName: "urls"))
    var endpoints: [String] = []

    @Option(help: ArgumentHelp("Certificates to trust.", valueName: "file"), completion: .file())
    var cacert: String?

    @Option(help: ArgumentHelp("Our certificate.", valueName: "file"), completion: .file())
    var cert: String?

    @Option(help: ArgumentHelp("The key of our certificate.", valueName: "file"), completion: .file())
    var key: String?

    @Option(help: ArgumentHelp("The etcd user; the password is in KBACKUP_ETCD_PASSWORD or a file.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("A file that holds the user's password.", valueName: "file"), completion: .file())
    var passwordFile: String?

    static let flagNames: [Setting: String] = [
        .etcdEndpoints: "--endpoints", .etcdCACert: "--cacert", .etcdCert: "--cert", .etcdKey: "--key",
        .etcdUser: "--user", .etcdPasswordFile: "--password-file",
    ]

    var flags: [Setting: [String]] {
        [Setting: [String]].given([
            .etcdCACert: cacert, .etcdCert: cert, .etcdKey: key, .etcdUser: user, .etcdPasswordFile: passwordFile,
        ]).adding([.etcdEndpoints: endpoints])
    }
}
