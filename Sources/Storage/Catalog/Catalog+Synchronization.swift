import GRDB

extension Catalog {
    /// Makes the catalog say exactly this of a repository, in one transaction: readers see all of the old or all of the
    /// new.
    ///
    /// Runs and locations are left alone. Records of another repository are refused.
    package func replaceAll(
        repository: String,
        backups: [BackupRecord],
        restores: [RestoreRecord]
    ) async throws(CatalogError) {
        precondition(
            backups.allSatisfy { $0.summary.repositoryID == repository }
                && restores.allSatisfy { $0.summary.repositoryID == repository },
            "replaceAll was given records of another repository than '\(repository)'"
        )
        try await write { db in
            try db.execute(sql: "DELETE FROM backups WHERE repository_id = ?", arguments: [repository])
            try db.execute(sql: "DELETE FROM restores WHERE repository_id = ?", arguments: [repository])
            for backup in backups { try backup.insert(into: db) }
            for restore in restores { try restore.insert(into: db) }
        }
    }

    /// Compares the backups recorded with the snapshot objects listed in the repository, and forgets those whose object
    /// is gone.
    ///
    /// With this, a list of backups costs one LIST, and one GET for each object that is new or has changed. A backup
    /// that another process commits after the list was made is forgotten, too, until the next list.
    ///
    /// - Parameter objects: Every snapshot object of the repository; the order does not matter.
    /// - Returns: What to read and ``upsert(_:)-(BackupRecord)``.
    package func synchronizeBackups(
        repository: String,
        with objects: [ListedObject]
    ) async throws(CatalogError) -> SynchronizationPlan {
        try await synchronize("backups", repository, objects)
    }

    /// Compares the restores recorded with the reports listed in the repository, as
    /// ``synchronizeBackups(repository:with:)`` does.
    package func synchronizeRestores(
        repository: String,
        with objects: [ListedObject]
    ) async throws(CatalogError) -> SynchronizationPlan {
        try await synchronize("restores", repository, objects)
    }

    private func synchronize(
        _ table: String,
        _ repository: String,
        _ objects: [ListedObject]
    ) async throws(CatalogError) -> SynchronizationPlan {
        let known = try await read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT object_key, version_tag FROM \(table) WHERE repository_id = ?",
                arguments: [repository]
            ).map { ListedObject(key: $0["object_key"], versionTag: $0["version_tag"]) }
        }
        let plan = SynchronizationPlan(known: known, listed: objects)
        // Nothing is written, and no other process kept waiting, in the usual case.
        guard !plan.vanished.isEmpty else { return plan }
        try await write { db in
            let statement = try db.cachedStatement(
                sql: "DELETE FROM \(table) WHERE repository_id = ? AND object_key = ? AND version_tag = ?"
            )
            for object in plan.vanished {
                try statement.execute(arguments: [repository, object.key, object.versionTag])
            }
        }
        return plan
    }
}
