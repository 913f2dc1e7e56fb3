import ArgumentParser
import Operations

/// Which repository, and what opens it.
struct LocationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The storage location. (default: the one that 'kbackup location get' marks)",
            valueName: "name"
        ),
        completion: NameCompletion.locations
    )
    var storageLocation: String?

    @Option(help: ArgumentHelp("The key file of the repository.", valueName: "file"), completion: .file())
    var keyFile: String?

    @Option(
        help: ArgumentHelp("A file that holds the passphrase of the repository.", valueName: "file"),
        completion: .file()
    )
    var passphraseFile: String?

    var flags: [Setting: [String]] {
        .given([.defaultLocation: storageLocation, .keyFile: keyFile, .passphraseFile: passphraseFile])
    }
}

/// Tells backups of one name apart.
struct ClusterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The cluster that was backed up: its id, or the start of it.", valueName: "id"))
    var cluster: String?
}
