import Repository
import SystemPackage

/// Replaces the key that opens a repository by a new one of the same kind.
///
/// The new key is on the disk before the repository is changed, and the old one stays there, so that at no moment the key
/// that opens the repository is lost.
package struct RotateKey: Sendable {
    /// What came of it.
    package struct Outcome: Encodable, Sendable, Equatable {
        package var kind = "KeyRotation"
        package var location: String
        /// The slot that is gone; `nil` when a rotation that was cut off after it was only finished.
        package var removed: KeySlotDocument?
        package var added: KeySlotDocument
        /// The file with the new key; `nil` for a passphrase.
        package var keyFile: String?
        /// The file in which the old key was kept; `nil` when it is where it was.
        package var oldKeyFile: String?
    }

    let settings: Settings
    let newKey: NewKey?

    /// - Parameter newKey: Where the new key comes from or goes to; `nil` for a new key file in the place of the old one.
    package init(_ newKey: NewKey?, settings: Settings) {
        self.settings = settings
        self.newKey = newKey
    }

    /// - Throws: ``OperationError``, `RepositoryError`, `ObjectStoreError`. The old key or the new one opens the repository
    ///   then, and both are where they can be found.
    package func run() async throws -> Outcome {
        let access = try settings.locationAccess()
        guard newKey == nil, case .keyFile(let path) = access.location.key else { return try await replace() }
        return try await KeyFileRotation(path: path, access: access, context: settings.context).run()
    }

    private func replace() async throws -> Outcome {
        let access = try await KeySlotAccess(settings)
        let newKey = try newKey ?? NewKey(keyFile: nil, passphraseFile: nil, in: settings.context)
        let isKeyFile = if case .keyFile = newKey { true } else { false }
        guard isKeyFile == (access.key.kind == .keyFile) else {
            throw OperationError(
                .usage,
                "Location '\(access.location)' was opened by a \(access.key.kind == .keyFile ? "key file" : "passphrase"), "
                    + "and a key is replaced by one of its kind. For one of the other kind, add it and remove this one."
            )
        }
        _ = try await access.slots.list()
        access.warnOfMissingConditions(in: settings.context)
        let key = try await newKey.make(for: access.location, in: settings.context)
        let rotated = try await access.slots.rotate(to: key, at: settings.context.now())
        let keyFile: String? = if case .keyFile(let path) = newKey { path.string } else { nil }
        return Outcome(
            location: access.location,
            removed: KeySlotDocument(rotated.old, inUse: false),
            added: KeySlotDocument(rotated.new, inUse: true),
            keyFile: keyFile
        )
    }
}
