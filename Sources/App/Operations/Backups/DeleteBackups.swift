import Repository

/// Deletes backups.
///
/// The space they alone take returns when the repository is pruned.
package struct DeleteBackups: Sendable {
    let settings: Settings
    let names: [String]
    let cluster: String?

    package init(_ names: [String], cluster: String?, settings: Settings) {
        self.names = names
        self.cluster = cluster
        self.settings = settings
    }

    /// Deletes all of them, once `confirm` has agreed; none when one of them does not exist.
    ///
    /// - Parameters:
    ///   - confirm: Called with what will be deleted. What it throws ends the operation.
    ///   - onDeleted: Called after each.
    package func run(
        confirm: (_ names: [String], _ location: String) async throws -> Void,
        onDeleted: (String) throws -> Void
    ) async throws {
        let access = try settings.locationAccess()
        guard let repository = try await access.openIfUsed() else {
            throw NameLookup.missing(names.first ?? "", what: "backup", in: access.location.name)
        }
        let records = BackupRecords(access, repository)
        let listed = try await repository.snapshots.recentList().map(\.name)
        var found: [SnapshotName] = []
        for name in names {
            let snapshot = try NameLookup.find(
                name,
                cluster: cluster,
                what: "backup",
                among: listed,
                in: access.location.name
            )
            if !found.contains(snapshot) { found.append(snapshot) }
        }
        try await confirm(found.map(\.name), access.location.name)
        for name in found {
            try Task.checkCancellation()
            try await repository.snapshots.delete(name)
            await records.forget(name)
            try onDeleted(name.name)
        }
    }
}
