/// All that is known about one backup.
package struct DescribeBackup: Sendable {
    let settings: Settings
    let name: String
    let cluster: String?

    package init(_ name: String, cluster: String?, settings: Settings) {
        self.name = name
        self.cluster = cluster
        self.settings = settings
    }

    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound``.
    package func run() async throws -> BackupDocument {
        let access = try settings.locationAccess()
        let location = access.location.name
        guard let repository = try await access.openIfUsed() else {
            throw NameLookup.missing(name, what: "backup", in: location)
        }
        let records = BackupRecords(access, repository)
        let found = try await records.find(name, cluster: cluster)
        return BackupDocument(try await records.details(of: found), location: location)
    }
}
