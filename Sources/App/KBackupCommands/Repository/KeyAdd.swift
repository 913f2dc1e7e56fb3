import ArgumentParser
import Operations

/// `kbackup repo key add`: lets another key open a repository.
struct KeyAdd: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Let another key file or passphrase open the repository.",
        discussion: """
            Without --new-key-file, the new passphrase is read from --new-passphrase-file, KBACKUP_NEW_PASSPHRASE_FILE or \
            KBACKUP_NEW_PASSPHRASE, or asked for twice at the terminal.

            Examples:
              kbackup repo key add --new-key-file /media/safe/prod.key --label safe
              kbackup repo key add --label "on paper"
            """
    )

    @OptionGroup(title: "New key") var newKey: NewKeyOptions

    @Option(help: ArgumentHelp("What to call the key in lists.", valueName: "text"))
    var label: String?

    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags.adding(output.flags) }

    func run(_ session: Session) async throws {
        let slot = try await AddKeySlot(
            session.settings.newKey(file: newKey.newKeyFile, passphraseFile: newKey.newPassphraseFile),
            label: label,
            settings: session.settings
        ).run()
        try session.print(
            try session.render(slot) { slot in
                guard !session.isQuiet else { return slot.id }
                let what = newKey.newKeyFile.map { "new key file '\($0)'" } ?? "passphrase"
                return "The \(what) opens the repository, by key slot \(slot.id)."
            }
        )
    }
}
