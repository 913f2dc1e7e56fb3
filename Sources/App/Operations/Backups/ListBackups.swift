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
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` when there is none of the cluster.
    package func rows() async throws -> [BackupRow] {
        let rows = try await records()?.rows() ?? []
        return try ofCluster(rows, id: \.cluster)
    }

    /// All that is known about each.
    ///
    /// - Throws: As ``rows()``.
    package func documents() async throws -> [BackupDocument] {
        guard let records = try await records() else { return try ofCluster([], id: \.cluster.id) }
        return try ofCluster(try await records.all(), id: \.cluster.id)
            .map { BackupDocument($0, location: records.access.location.name) }
    }

    private func ofCluster<Backup>(_ all: [Backup], id: (Backup) -> String) throws -> [Backup] {
        guard let cluster else { return all }
        let found = all.filter { id($0).hasPrefix(cluster) }
        guard found.isEmpty else { return found }
        let known = Set(all.map(id)).sorted().map { "'\($0)'" }
        throw OperationError(
            .notFound,
            "There is no backup of a cluster '\(cluster)'. There are some of: "
                + "\(known.isEmpty ? "none" : known.joined(separator: ", "))."
        )
    }

    private func records() async throws -> BackupRecords? {
        let access = try settings.locationAccess()
        return try await access.openIfUsed().map { BackupRecords(access, $0) }
    }
}
