import ObjectStore
import Repository

/// Reading what may not be there yet.
extension LocationAccess {
    /// Opens the repository for reading; `nil` when it is the one of this machine, and there was no backup yet.
    ///
    /// - Parameter cached: As of ``open(cached:)``.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` when there is none where somebody said that
    ///   it is.
    func openIfUsed(cached: Bool = true) async throws -> Repository? {
        if let repository = try await openIfMade(cached: cached) { return repository }
        guard location.origin == .environment else { return nil }
        throw OperationError(
            .notFound,
            "There is no repository at '\(location.urlText)', which KBACKUP_URL names. The first backup makes it; if there "
                + "are backups, look for a slip in the URL."
        )
    }

    /// Opens the repository; `nil` when it is one that the first backup makes, and there was none yet.
    ///
    /// - Parameter cached: As of ``open(cached:)``.
    func openIfMade(cached: Bool = true) async throws -> Repository? {
        if location.origin.isMadeOnFirstUse, try await !exists() {
            // Unused is not the same as having lost its root.
            try await checkIsFree()
            return nil
        }
        return try await open(cached: cached)
    }

    /// Opens the repository and finds the backup that a user means.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` or ``OperationError/Code/conflict``.
    func open(backup: String, cluster: String?) async throws -> (repository: Repository, name: SnapshotName) {
        guard let repository = try await openIfUsed() else {
            throw NameLookup.missing(backup, what: "backup", in: location.name)
        }
        let listed = try await repository.snapshots.recentList().map(\.name)
        let name = try NameLookup.find(backup, cluster: cluster, what: "backup", among: listed, in: location.name)
        return (repository, name)
    }
}
