package import FoundationEssentials
import GRDB

extension Catalog {
    /// Records a run, in place of what was recorded under its id: once at its start, once at its end.
    package func record(_ run: RunRecord) async throws(CatalogError) {
        try await write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    run.id, run.command, run.name, run.startedAt.milliseconds, run.finishedAt?.milliseconds,
                    run.outcome,
                    run.exitCode, run.message,
                ]
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

    /// Forgets the runs that began before `date`.
    ///
    /// - Returns: How many there were.
    @discardableResult
    package func deleteRuns(before date: Date) async throws(CatalogError) -> Int {
        try await write { db in
            try db.execute(sql: "DELETE FROM runs WHERE started_at < ?", arguments: [date.milliseconds])
            return db.changesCount
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
