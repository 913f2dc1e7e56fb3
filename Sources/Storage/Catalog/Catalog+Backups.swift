import FoundationEssentials
import GRDB

extension Catalog {
    /// Records `backup` in place of what was recorded under its name or its object.
    package func upsert(_ backup: BackupRecord) async throws(CatalogError) {
        try await write { db in try backup.insert(into: db) }
    }

    /// All backups of a repository, or of all repositories, newest first.
    package func backups(repository: String? = nil) async throws(CatalogError) -> [BackupSummary] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT \(BackupSummary.columns) FROM backups WHERE ?1 IS NULL OR repository_id = ?1
                    ORDER BY started_at DESC, cluster_id, name
                    """,
                arguments: [repository]
            ).map(BackupSummary.init(row:))
        }
    }

    /// The backups with one name: one for each cluster that has it, newest first.
    package func backup(repository: String, name: String) async throws(CatalogError) -> [BackupRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, detail, \(BackupSummary.columns) FROM backups WHERE repository_id = ? AND name = ?
                    ORDER BY started_at DESC, cluster_id
                    """,
                arguments: [repository, name]
            ).map { try BackupRecord(row: $0, db) }
        }
    }

    /// Forgets a backup.
    ///
    /// - Returns: Whether it was recorded.
    @discardableResult
    package func deleteBackup(repository: String, cluster: String, name: String) async throws(CatalogError) -> Bool {
        try await write { db in
            try db.execute(
                sql: "DELETE FROM backups WHERE repository_id = ? AND cluster_id = ? AND name = ?",
                arguments: [repository, cluster, name]
            )
            return db.changesCount > 0
        }
    }
}

extension BackupSummary {
    static let columns = """
        repository_id, cluster_id, name, object_key, version_tag, phase, kinds, started_at, finished_at, expires_at, \
        size, stored_size, object_count, failure_count
        """

    init(row: Row) {
        let kinds: String = row["kinds"]
        self.init(
            repositoryID: row["repository_id"],
            clusterID: row["cluster_id"],
            name: row["name"],
            objectKey: row["object_key"],
            versionTag: row["version_tag"],
            phase: row["phase"],
            kinds: kinds.split(separator: ",").map(String.init),
            startedAt: Date(milliseconds: row["started_at"]),
            finishedAt: row.date("finished_at"),
            expiresAt: row.date("expires_at"),
            sizeInBytes: row["size"],
            storedSizeInBytes: row["stored_size"],
            objectCount: row["object_count"],
            failureCount: row["failure_count"]
        )
    }
}

extension BackupRecord {
    init(row: Row, _ db: Database) throws {
        let id: Int64 = row["id"]
        let detail: Data = row["detail"]
        let resources = try Row.fetchAll(
            db,
            sql: "SELECT * FROM backup_resources WHERE backup_id = ? ORDER BY api_group, resource",
            arguments: [id]
        ).map { row in
            ResourceCount(
                group: row["api_group"],
                resource: row["resource"],
                objectCount: row["object_count"],
                sizeInBytes: row["size"],
                failureCount: row["failure_count"]
            )
        }
        self.init(summary: BackupSummary(row: row), resources: resources, detail: Array(detail))
    }

    func insert(into db: Database) throws {
        // REPLACE removes the rows in the way of either unique key, and their counts with them.
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO backups (\(BackupSummary.columns), detail)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                summary.repositoryID, summary.clusterID, summary.name, summary.objectKey, summary.versionTag,
                summary.phase, summary.kinds.joined(separator: ","), summary.startedAt.milliseconds,
                summary.finishedAt?.milliseconds, summary.expiresAt?.milliseconds, summary.sizeInBytes,
                summary.storedSizeInBytes, summary.objectCount, summary.failureCount, Data(detail),
            ]
        )
        let id = db.lastInsertedRowID
        let statement = try db.cachedStatement(sql: "INSERT INTO backup_resources VALUES (?, ?, ?, ?, ?, ?)")
        for count in resources {
            try statement.execute(arguments: [
                id, count.group, count.resource, count.objectCount, count.sizeInBytes, count.failureCount,
            ])
        }
    }
}
