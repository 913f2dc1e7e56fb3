import ArgumentParser

/// Groups the commands under `kbackup repo key`.
struct RepositoryKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "List, add, remove and replace the keys that open a repository.",
        discussion: """
            Each key or passphrase has a slot in the repository. All slots hold the same master key, which never changes: \
            who had a key, and a copy of the repository's object 'root' of that time, can still read what is in the \
            bucket after the slot was removed. To shut them out, copy the backups into a new repository, which has a \
            master key of its own, and delete the old one.
            """,
        subcommands: [KeyList.self, KeyAdd.self, KeyRemove.self, KeyRotate.self],
        aliases: ["keys"]
    )
}

/// Where the key of a new slot comes from.
struct NewKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Make this key file for the slot. There must be no such file yet.", valueName: "file"),
        completion: .file()
    )
    var newKeyFile: String?

    @Option(
        help: ArgumentHelp("A file that holds the new passphrase.", valueName: "file"),
        completion: .file()
    )
    var newPassphraseFile: String?

    var isGiven: Bool { newKeyFile != nil || newPassphraseFile != nil }
}
