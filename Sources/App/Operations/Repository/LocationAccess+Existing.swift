import Repository

extension LocationAccess {
    /// Opens a repository that must be there, to look after it: what is stored counts, not what is kept of it here.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` when nobody has used the location yet.
    func openExisting() async throws -> Repository {
        guard let repository = try await openIfUsed(cached: false) else {
            throw OperationError(
                .notFound,
                "There is no repository at location '\(location.name)' yet: the first backup makes it."
            )
        }
        return repository
    }
}
