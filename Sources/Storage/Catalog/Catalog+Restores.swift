import FoundationEssentials
import GRDB

extension Catalog {
    /// Records `restore` in place of what was recorded under its object.
    package func upsert(_ restore: RestoreRecord) async throws(CatalogError) {
        try await write { db in try restore.insert(into: db) }
    }

    /// All restores of a repository, or of all repositories, newest first.
    package func restores(repository: String? = nil) async throws(CatalogError) -> [RestoreSummary] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT \(RestoreSummary.columns) FROM restores WHERE ?1 IS NULL OR repository_id = ?1
                    ORDER BY started_at DESC, name
                    """,
                arguments: [repository]
            ).map(RestoreSummary.init(row:))
        }
    }

    /// The restores with one name, newest first.
    package func restore(repository: String, name: String) async throws(CatalogError) -> [RestoreRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, detail, \(RestoreSummary.columns) FROM restores WHERE repository_id = ? AND name = ?
                    ORDER BY started_at DESC, object_key
                    """,
                arguments: [repository, name]
            ).map { try RestoreRecord(row: $0, db) }
        }
    }

    /// Forgets the restores with one name.
    ///
    /// - Returns: Whether there was any.
    @discardableResult
    package func deleteRestore(repository: String, name: String) async throws(CatalogError) -> Bool {
        try await write { db in
            try db.execute(
                sql: "DELETE FROM restores WHERE repository_id = ? AND name = ?",
                arguments: [repository, name]
            )
            return db.changesCount > 0
        }
    }
}

extension RestoreSummary {
    static let columns = """
        repository_id, name, object_key, version_tag, backup_cluster_id, backup_name, target, phase, started_at, \
        finished_at, created_count, updated_count, skipped_count, failure_count
        """

    init(row: Row) {
        self.init(
            repositoryID: row["repository_id"],
            name: row["name"],
            objectKey: row["object_key"],
            versionTag: row["version_tag"],
            backupClusterID: row["backup_cluster_id"],
            backupName: row["backup_name"],
            target: row["target"],
            phase: row["phase"],
            startedAt: Date(milliseconds: row["started_at"]),
            finishedAt: row.date("finished_at"),
            createdCount: row["created_count"],
            updatedCount: row["updated_count"],
            skippedCount: row["skipped_count"],
            failureCount: row["failure_count"]
        )
    }
}

extension RestoreRecord {
    init(row: Row, _ db: Database) throws {
        let id: Int64 = row["id"]
        let detail: Data = row["detail"]
        let resources = try Row.fetchAll(
            db,
            sql: "SELECT * FROM restore_resources WHERE restore_id = ? ORDER BY api_group, resource",
            arguments: [id]
        ).map { row in
            RestoreResourceCount(
                group: row["api_group"],
                resource: row["resource"],
                createdCount: row["created_count"],
                updatedCount: row["updated_count"],
                skippedCount: row["skipped_count"],
                failureCount: row["failure_count"]
            )
        }
        self.init(summary: RestoreSummary(row: row), resources: resources, detail: Array(detail))
    }

    func insert(into db: Database) throws {
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO restores (\(RestoreSummary.columns), detail)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                summary.repositoryID, summary.name, summary.objectKey, summary.versionTag, summary.backupClusterID,
                summary.backupName, summary.target, summary.phase, summary.startedAt.milliseconds,
                summary.finishedAt?.milliseconds, summary.createdCount, summary.updatedCount, summary.skippedCount,
                summary.failureCount, Data(detail),
            ]
        )
        let id = db.lastInsertedRowID
        let statement = try db.cachedStatement(sql: "INSERT INTO restore_resources VALUES (?, ?, ?, ?, ?, ?, ?)")
        for count in resources {
            try statement.execute(arguments: [
                id, count.group, count.resource, count.createdCount, count.updatedCount, count.skippedCount,
                count.failureCount,
            ])
        }
    }
}
