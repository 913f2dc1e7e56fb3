import FoundationEssentials
import GRDB

extension Catalog {
    /// Records a location, in place of what was recorded under its name.
    package func upsert(_ location: LocationRecord) async throws(CatalogError) {
        try await write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO locations (name, repository_id, url, last_seen_at) VALUES (?, ?, ?, ?)",
                arguments: [location.name, location.repositoryID, location.url, location.lastSeenAt.milliseconds]
            )
        }
    }

    /// All locations by name.
    package func locations() async throws(CatalogError) -> [LocationRecord] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM locations ORDER BY name").map { row in
                LocationRecord(
                    name: row["name"],
                    repositoryID: row["repository_id"],
                    url: row["url"],
                    lastSeenAt: Date(milliseconds: row["last_seen_at"])
                )
            }
        }
    }

    /// Forgets a location; with the last one of a repository goes what was recorded of that repository.
    ///
    /// - Returns: Whether it was recorded.
    @discardableResult
    package func deleteLocation(name: String) async throws(CatalogError) -> Bool {
        try await write { db in
            let repository = try String.fetchOne(
                db,
                sql: "DELETE FROM locations WHERE name = ? RETURNING repository_id",
                arguments: [name]
            )
            guard let repository else { return false }
            let rest = try Int.fetchOne(
                db,
                sql: "SELECT count(*) FROM locations WHERE repository_id = ?",
                arguments: [repository]
            )
            if rest == 0 {
                try db.execute(sql: "DELETE FROM backups WHERE repository_id = ?", arguments: [repository])
                try db.execute(sql: "DELETE FROM restores WHERE repository_id = ?", arguments: [repository])
            }
            return true
        }
    }
}
