import FoundationEssentials
import GRDB

extension Catalog {
    /// Records a run, in place of what was recorded under its id: once at its start, once at its end.
    ///
    /// - Parameter limit: How many runs are remembered: the oldest beyond are forgotten.
    package func record(_ run: RunRecord, remembering limit: Int = 10_000) async throws(CatalogError) {
        try await write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    run.id, run.command, run.name, run.startedAt.milliseconds, run.finishedAt?.milliseconds,
                    run.outcome,
                    run.exitCode, run.message,
                ]
            )
            try db.execute(
                sql:
                    "DELETE FROM runs WHERE id IN (SELECT id FROM runs ORDER BY started_at DESC, id LIMIT -1 OFFSET ?)",
                arguments: [limit]
            )
        }
    }

    /// The last runs, newest first.
    package func runs(limit: Int) async throws(CatalogError) -> [RunRecord] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM runs ORDER BY started_at DESC, id LIMIT ?", arguments: [limit])
                .map(RunRecord.init(row:))
        }
    }
}

extension RunRecord {
    init(row: Row) {
        self.init(
            id: row["id"],
            command: row["command"],
            name: row["name"],
            startedAt: Date(milliseconds: row["started_at"]),
            finishedAt: row.date("finished_at"),
            outcome: row["outcome"],
            exitCode: row["exit_code"],
            message: row["message"]
        )
    }
}
