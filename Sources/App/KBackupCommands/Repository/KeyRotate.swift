import ArgumentParser
import Operations

/// `kbackup repo key rotate`: replaces the key that opens a repository.
struct KeyRotate: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Replace your key or passphrase by a new one.",
        discussion: """
            The key slot that your key opens is replaced in one step; other slots stay. A new key file takes the place of \
            the old one, which is kept beside it, or goes where --new-key-file says. A new passphrase is read from \
            --new-passphrase-file, KBACKUP_NEW_PASSPHRASE_FILE or KBACKUP_NEW_PASSPHRASE, or asked for twice. A rotation \
            that was cut off is finished by the same command.

            The repository's master key stays the same: see 'kbackup repo key remove --help'.
            """
    )

    @OptionGroup(title: "New key") var newKey: NewKeyOptions
    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let given =
            newKey.isGiven
            ? try session.settings.newKey(file: newKey.newKeyFile, passphraseFile: newKey.newPassphraseFile) : nil
        let outcome = try await RotateKey(given, settings: session.settings).run()
        try session.print(
            try session.render(outcome) { session.isQuiet ? $0.added.id : KeySlotText.rotation($0) }
        )
    }
}
