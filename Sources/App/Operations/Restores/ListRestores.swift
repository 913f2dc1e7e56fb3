import RestoreEngine

/// The restores from a location's backups: the newest first.
package struct ListRestores: Sendable {
    let settings: Settings

    package init(settings: Settings) { self.settings = settings }

    /// - Parameter cluster: Only restores into clusters whose id starts so.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` when there is none into such a cluster.
    package func run(cluster: String? = nil) async throws -> [RestoreDocument] {
        let access = try settings.locationAccess()
        let all = try await access.openIfUsed().map { RestoreRecords(access, $0) }?.all() ?? []
        let found = all.filter { report in cluster.map(report.targetCluster.hasPrefix) ?? true }
        if let cluster, found.isEmpty {
            let known = Set(all.map(\.targetCluster)).sorted().map { "'\($0)'" }
            throw OperationError(
                .notFound,
                "There is no restore into a cluster '\(cluster)'. There are some into: "
                    + "\(known.isEmpty ? "none" : known.joined(separator: ", "))."
            )
        }
        return
            found
            .map { RestoreDocument($0, location: access.location.name, settings: settings) }
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
        return RestoreDocument(report, location: access.location.name, settings: settings)
    }
}
