import GRDB

extension DatabaseMigrator {
    /// Locations, backups, restores, their counts per resource, and runs.
    ///
    /// Times are milliseconds since 1970, sizes are bytes. `object_key` and `version_tag` name the object in the
    /// repository that a row was made from.
    mutating func registerV1() {
        registerMigration("v1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE locations (
                        name TEXT NOT NULL PRIMARY KEY,
                        repository_id TEXT NOT NULL,
                        url TEXT NOT NULL,
                        last_seen_at INTEGER NOT NULL
                    ) STRICT;

                    CREATE TABLE backups (
                        id INTEGER PRIMARY KEY,
                        repository_id TEXT NOT NULL,
                        cluster_id TEXT NOT NULL,
                        name TEXT NOT NULL,
                        object_key TEXT NOT NULL,
                        version_tag TEXT NOT NULL,
                        phase TEXT NOT NULL,
                        kinds TEXT NOT NULL,
                        started_at INTEGER NOT NULL,
                        finished_at INTEGER,
                        expires_at INTEGER,
                        size INTEGER NOT NULL,
                        stored_size INTEGER NOT NULL,
                        object_count INTEGER NOT NULL,
                        failure_count INTEGER NOT NULL,
                        detail BLOB NOT NULL,
                        UNIQUE (repository_id, cluster_id, name),
                        UNIQUE (repository_id, object_key)
                    ) STRICT;
                    CREATE INDEX backups_by_name ON backups (repository_id, name);

                    CREATE TABLE backup_resources (
                        backup_id INTEGER NOT NULL REFERENCES backups (id) ON DELETE CASCADE,
                        api_group TEXT NOT NULL,
                        resource TEXT NOT NULL,
                        object_count INTEGER NOT NULL,
                        size INTEGER NOT NULL,
                        failure_count INTEGER NOT NULL,
                        PRIMARY KEY (backup_id, api_group, resource)
                    ) STRICT, WITHOUT ROWID;

                    CREATE TABLE restores (
                        id INTEGER PRIMARY KEY,
                        repository_id TEXT NOT NULL,
                        name TEXT NOT NULL,
                        object_key TEXT NOT NULL,
                        version_tag TEXT NOT NULL,
                        backup_cluster_id TEXT NOT NULL,
                        backup_name TEXT NOT NULL,
                        target TEXT NOT NULL,
                        phase TEXT NOT NULL,
                        started_at INTEGER NOT NULL,
                        finished_at INTEGER,
                        created_count INTEGER NOT NULL,
                        updated_count INTEGER NOT NULL,
                        skipped_count INTEGER NOT NULL,
                        failure_count INTEGER NOT NULL,
                        detail BLOB NOT NULL,
                        UNIQUE (repository_id, object_key)
                    ) STRICT;
                    CREATE INDEX restores_by_name ON restores (repository_id, name);

                    CREATE TABLE restore_resources (
                        restore_id INTEGER NOT NULL REFERENCES restores (id) ON DELETE CASCADE,
                        api_group TEXT NOT NULL,
                        resource TEXT NOT NULL,
                        created_count INTEGER NOT NULL,
                        updated_count INTEGER NOT NULL,
                        skipped_count INTEGER NOT NULL,
                        failure_count INTEGER NOT NULL,
                        PRIMARY KEY (restore_id, api_group, resource)
                    ) STRICT, WITHOUT ROWID;

                    CREATE TABLE runs (
                        id TEXT NOT NULL PRIMARY KEY,
                        command TEXT NOT NULL,
                        name TEXT,
                        started_at INTEGER NOT NULL,
                        finished_at INTEGER,
                        outcome TEXT,
                        exit_code INTEGER,
                        message TEXT
                    ) STRICT;
                    CREATE INDEX runs_by_start ON runs (started_at);
                    """
            )
        }
    }
}
