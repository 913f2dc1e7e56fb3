import Repository

extension LocationAccess {
    /// Opens a repository that must be there.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` when nobody has used the location yet.
    func openExisting() async throws -> Repository {
        guard let repository = try await openIfUsed() else {
            throw OperationError(
                .notFound,
                "There is no repository at location '\(location.name)' yet: the first backup makes it."
            )
        }
        return repository
    }
}
