import ArgumentParser
import Operations

/// `kbackup repo key remove`: takes from a key the power to open a repository.
struct KeyRemove: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a key slot: its key file or passphrase opens the repository no more.",
        discussion: """
            The last slot is never removed, and the one that your key opens only with --force.

            This does not change the repository's master key. Who had the key, and a copy of the object 'root' with this \
            slot, can still read the backups in the bucket, also later ones. When a key is in wrong hands, copy the \
            backups into a new repository, which has another master key, and delete this one.
            """,
        aliases: ["rm", "delete"]
    )

    @Argument(help: "The id of the slot, or the start of it: see 'kbackup repo key list'.")
    var id: String

    @Flag(help: "Remove the slot that your key opens, too. Be sure to have another key.")
    var force = false

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup(title: "Storage") var location: LocationOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { location.flags }

    func run(_ session: Session) async throws {
        let removed = try await RemoveKeySlot(id, isForced: force, settings: session.settings).run { location in
            try await confirmation.confirm(
                "Remove key slot '\(id)' of the repository at location '\(location)'?",
                in: session
            )
        }
        guard !session.isQuiet else { return }
        try session.print("Key slot \(removed.id)\(removed.label.map { " ('\($0)')" } ?? "") is removed.")
    }
}
