/// Why a repository could not do what it was asked.
///
/// `code` is for programs, `message` is for people: it names the repository and the object in it, says what happened,
/// and ends with what the operator can do about it.
package struct RepositoryError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// There is no repository at the location.
        case notFound
        /// There is a repository already, or something else is in its place.
        case alreadyExists
        /// The location holds data of another program, or of a later version of this one.
        case otherFormat
        /// The key or passphrase opens none of the repository's key slots.
        case wrongKey
        /// There is no backup (or restore) of that name.
        case backupNotFound
        /// The name is taken.
        case nameTaken
        /// There is no key slot of that id.
        case slotNotFound
        /// A key slot cannot be added, removed or replaced as asked.
        case slotRefused
        /// Stored bytes are not what was once written.
        case damaged
        /// What the caller wants to store is outside the format's limits.
        case outOfLimits
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// A pack is not where it was stored.
    static func missing(_ pack: PackID, in location: String) -> RepositoryError {
        RepositoryError(
            .damaged,
            "Pack \(pack) is missing: there is no '\(pack.key)' in '\(location)'. Put it back from a copy of the bucket or "
                + "folder; what backups have in it cannot be read without it."
        )
    }

    /// A prune has written anew what backups need of a pack.
    static func relocated(_ pack: PackID, in location: String) -> RepositoryError {
        RepositoryError(
            .damaged,
            "Pack \(pack) in '\(location)' was written anew by a prune while this backup was made. The backup begins again, "
                + "with what is needed of it in its new place."
        )
    }

    /// A repair has found that part of a pack is spoilt.
    static func distrusted(_ pack: PackID, in location: String) -> RepositoryError {
        RepositoryError(
            .damaged,
            "Pack \(pack) in '\(location)' is damaged, as a repair found while this backup was made. The backup must be made "
                + "again, without it."
        )
    }

    /// A prune is about to delete a pack.
    static func condemned(_ pack: PackID, in location: String) -> RepositoryError {
        RepositoryError(
            .damaged,
            "Pack \(pack) in '\(location)' is marked for deletion: a prune found that no backup needed it any more. What is "
                + "needed of it is written again."
        )
    }
}
