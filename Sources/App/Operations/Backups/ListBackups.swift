import BackupEngine

/// The backups of a location: the newest first.
package struct ListBackups: Sendable {
    let settings: Settings
    let cluster: String?

    /// - Parameter cluster: Shows only backups of clusters whose id starts so.
    package init(cluster: String?, settings: Settings) {
        self.cluster = cluster
        self.settings = settings
    }

    /// A line for each.
    package func rows() async throws -> [BackupRow] {
        guard let records = try await records() else { return [] }
        return try await records.rows().filter { row in cluster.map(row.cluster.hasPrefix) ?? true }
    }

    /// All that is known about each.
    package func documents() async throws -> [BackupDocument] {
        guard let records = try await records() else { return [] }
        return try await records.all()
            .filter { details in cluster.map(details.cluster.id.hasPrefix) ?? true }
            .map { BackupDocument($0, location: records.access.location.name) }
    }

    private func records() async throws -> BackupRecords? {
        let access = try settings.locationAccess()
        return try await access.openIfUsed().map { BackupRecords(access, $0) }
    }
}
