import Testing

@testable import Catalog

@Suite("Catalog synchronization")
struct CatalogSynchronizationTests {
    @Test("New and changed objects are to be read, vanished ones are forgotten")
    func differences() async throws {
        try await withCatalog { catalog in
            for record in [
                backupRecord("a"), backupRecord("b"), backupRecord("c"), backupRecord("a", repository: "other"),
            ] {
                try await catalog.upsert(record)
            }
            let listed = [
                ListedObject(key: "snapshots/prod/d", versionTag: "v1"),
                ListedObject(key: "snapshots/prod/b", versionTag: "v2"),
                ListedObject(key: "snapshots/prod/a", versionTag: "v1"),
            ]
            let plan = try await catalog.synchronizeBackups(repository: "repo", with: listed)
            #expect(plan.missing == [listed[0]])
            #expect(plan.stale == [listed[1]])
            #expect(plan.vanished == [ListedObject(key: "snapshots/prod/c", versionTag: "v1")])
            #expect(plan.toRead == [listed[0], listed[1]])
            #expect(try await catalog.backups(repository: "repo").map(\.name).sorted() == ["a", "b"])
            #expect(try await catalog.backups(repository: "other").count == 1)

            try await catalog.upsert(backupRecord("d"))
            try await catalog.upsert(backupRecord("b", versionTag: "v2"))
            let again = try await catalog.synchronizeBackups(repository: "repo", with: listed)
            #expect(again.isEmpty)
        }
    }

    @Test("Restores are compared on their own")
    func restores() async throws {
        try await withCatalog { catalog in
            try await catalog.upsert(backupRecord("a"))
            try await catalog.upsert(restoreRecord("r"))
            let plan = try await catalog.synchronizeRestores(repository: "repo", with: [])
            #expect(plan.vanished.map(\.key) == ["restores/r"])
            #expect(try await catalog.restores() == [])
            #expect(try await catalog.backups().count == 1)
        }
    }

    @Test("An empty list of an empty repository is no difference")
    func empty() async throws {
        try await withCatalog { catalog in
            let plan = try await catalog.synchronizeBackups(repository: "repo", with: [])
            #expect(plan.isEmpty)
        }
    }

    @Test("A rebuild gives the same rows, and leaves other repositories and runs alone")
    func rebuild() async throws {
        let backups = (0..<50).map { backupRecord("backup-\($0)", startedAt: Double($0)) }
        let restores = (0..<10).map { restoreRecord("restore-\($0)", startedAt: Double($0)) }
        let run = RunRecord(id: "1", command: "create", startedAt: time(0))
        try await withCatalog { recorded in
            for backup in backups { try await recorded.upsert(backup) }
            for restore in restores { try await recorded.upsert(restore) }
            try await withCatalog { rebuilt in
                try await rebuilt.record(run)
                try await rebuilt.upsert(backupRecord("kept", repository: "other"))
                try await rebuilt.upsert(backupRecord("gone"))
                try await rebuilt.upsert(restoreRecord("gone"))
                try await rebuilt.replaceAll(
                    repository: "repo",
                    backups: backups.shuffled(),
                    restores: restores.shuffled()
                )
                #expect(try await rebuilt.backups(repository: "repo") == recorded.backups(repository: "repo"))
                #expect(try await rebuilt.restores(repository: "repo") == recorded.restores(repository: "repo"))
                for backup in backups {
                    #expect(try await rebuilt.backup(repository: "repo", name: backup.summary.name) == [backup])
                }
                for restore in restores {
                    #expect(try await rebuilt.restore(repository: "repo", name: restore.summary.name) == [restore])
                }
                #expect(try await rebuilt.backups(repository: "other").count == 1)
                #expect(try await rebuilt.runs(limit: 9) == [run])
            }
        }
    }

    @Test("A rebuild that fails changes nothing")
    func failedRebuild() async throws {
        try await withCatalog { catalog in
            let old = backupRecord("old")
            try await catalog.upsert(old)
            var unusable = backupRecord("new")
            // Two counts for one resource: refused by the table.
            unusable.resources.append(unusable.resources[0])
            let records = [backupRecord("first"), unusable]
            await #expect(throws: CatalogError.self) {
                try await catalog.replaceAll(repository: "repo", backups: records, restores: [])
            }
            #expect(try await catalog.backup(repository: "repo", name: "old") == [old])
            #expect(try await catalog.backups().count == 1)
        }
    }
}
