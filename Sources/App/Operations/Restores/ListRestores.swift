/// The restores from a location's backups: the newest first.
package struct ListRestores: Sendable {
    let settings: Settings

    package init(settings: Settings) { self.settings = settings }

    package func run() async throws -> [RestoreDocument] {
        let access = try settings.locationAccess()
        guard let repository = try await access.openIfUsed() else { return [] }
        return try await RestoreRecords(access, repository).all()
            .map { RestoreDocument($0, location: access.location.name) }
    }

    /// All that is known about one restore.
    ///
    /// - Parameter cluster: The cluster that was restored into; tells restores of one name apart.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound``.
    package func run(name: String, cluster: String?) async throws -> RestoreDocument {
        let access = try settings.locationAccess()
        guard let repository = try await access.openIfUsed() else {
            throw NameLookup.missing(name, what: "restore", in: access.location.name)
        }
        let report = try await RestoreRecords(access, repository).find(name, cluster: cluster)
        return RestoreDocument(report, location: access.location.name)
    }
}
