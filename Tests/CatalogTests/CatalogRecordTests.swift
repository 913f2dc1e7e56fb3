import Foundation
import GRDB
import Testing

@testable import Catalog

@Suite("Catalog records")
struct CatalogRecordTests {
    @Test("A backup reads back as it was recorded")
    func backupRoundTrip() async throws {
        try await withCatalog { catalog in
            var record = backupRecord("nightly")
            try await catalog.upsert(record)
            #expect(try await catalog.backup(repository: "repo", name: "nightly") == [record])
            #expect(try await catalog.backups() == [record.summary])

            record.summary.finishedAt = nil
            record.summary.expiresAt = nil
            record.summary.kinds = []
            record.resources = []
            record.detail = []
            try await catalog.upsert(record)
            #expect(try await catalog.backup(repository: "repo", name: "nightly") == [record])
        }
    }

    @Test("Times are kept to the millisecond")
    func milliseconds() async throws {
        try await withCatalog { catalog in
            var record = backupRecord("a")
            record.summary.startedAt = Date(timeIntervalSince1970: 1_700_000_000.123_456)
            try await catalog.upsert(record)
            let read = try #require(try await catalog.backups().first)
            #expect(read.startedAt == Date(timeIntervalSince1970: 1_700_000_000.123))
        }
    }

    @Test("Recording a backup again replaces it, its counts too")
    func replaces() async throws {
        try await withCatalog { catalog in
            try await catalog.upsert(backupRecord("nightly"))
            var changed = backupRecord("nightly", versionTag: "v2")
            changed.resources.removeFirst()
            try await catalog.upsert(changed)
            #expect(try await catalog.backup(repository: "repo", name: "nightly") == [changed])
            let counts = try await catalog.read { db in
                try Int.fetchOne(db, sql: "SELECT count(*) FROM backup_resources")
            }
            #expect(counts == 1)
        }
    }

    @Test("One name in several clusters and repositories is several backups, newest first")
    func sameName() async throws {
        try await withCatalog { catalog in
            let production = backupRecord("nightly", cluster: "prod", startedAt: 10)
            let staging = backupRecord("nightly", cluster: "staging", startedAt: 20)
            let elsewhere = backupRecord("nightly", repository: "other", startedAt: 30)
            for record in [production, elsewhere, staging] { try await catalog.upsert(record) }
            #expect(try await catalog.backup(repository: "repo", name: "nightly") == [staging, production])
            #expect(try await catalog.backups(repository: "repo") == [staging.summary, production.summary])
            #expect(try await catalog.backups() == [elsewhere, staging, production].map(\.summary))
            #expect(try await catalog.backup(repository: "repo", name: "weekly") == [])
        }
    }

    @Test("A deleted backup is gone with its counts; another is not")
    func deletes() async throws {
        try await withCatalog { catalog in
            let kept = backupRecord("b")
            try await catalog.upsert(backupRecord("a"))
            try await catalog.upsert(kept)
            #expect(try await catalog.deleteBackup(repository: "repo", cluster: "prod", name: "a"))
            #expect(try await !catalog.deleteBackup(repository: "repo", cluster: "prod", name: "a"))
            #expect(try await !catalog.deleteBackup(repository: "repo", cluster: "staging", name: "b"))
            #expect(try await catalog.backup(repository: "repo", name: "b") == [kept])
            let counts = try await catalog.read { db in
                try Int.fetchOne(db, sql: "SELECT count(*) FROM backup_resources")
            }
            #expect(counts == kept.resources.count)
        }
    }

    @Test("A restore reads back as it was recorded, and is replaced and deleted")
    func restores() async throws {
        try await withCatalog { catalog in
            var record = restoreRecord("r1")
            try await catalog.upsert(record)
            #expect(try await catalog.restore(repository: "repo", name: "r1") == [record])
            record.summary.phase = "Completed"
            record.summary.finishedAt = time(9)
            record.resources = []
            try await catalog.upsert(record)
            let later = restoreRecord("r2", startedAt: 5)
            try await catalog.upsert(later)
            #expect(try await catalog.restores(repository: "repo") == [later.summary, record.summary])
            #expect(try await catalog.restores(repository: "other") == [])
            #expect(try await catalog.deleteRestore(repository: "repo", name: "r1"))
            #expect(try await !catalog.deleteRestore(repository: "repo", name: "r1"))
            #expect(try await catalog.restores() == [later.summary])
        }
    }

    @Test("A run is recorded at its start and at its end; old ones are forgotten")
    func runs() async throws {
        try await withCatalog { catalog in
            var run = RunRecord(id: "1", command: "create", startedAt: time(0))
            try await catalog.record(run)
            #expect(try await catalog.runs(limit: 10) == [run])
            run.name = "nightly"
            run.finishedAt = time(2)
            run.outcome = "failed"
            run.exitCode = 3
            run.message = "2 objects failed"
            try await catalog.record(run)
            let second = RunRecord(id: "2", command: "restore create", startedAt: time(60))
            try await catalog.record(second)
            #expect(try await catalog.runs(limit: 10) == [second, run])
            #expect(try await catalog.runs(limit: 1) == [second])
            let third = RunRecord(id: "3", command: "create", startedAt: time(90))
            try await catalog.record(third, remembering: 2)
            #expect(try await catalog.runs(limit: 10) == [third, second])
        }
    }

    @Test("A run can be recorded by a cancelled task")
    func cancelledTask() async throws {
        try await withCatalog { catalog in
            let run = RunRecord(id: "1", command: "create", startedAt: time(0), outcome: "interrupted", exitCode: 130)
            let (cancelled, continuation) = AsyncStream<Void>.makeStream()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // Ends when the task is cancelled.
                    for await _ in cancelled {}
                    #expect(Task.isCancelled)
                    try await catalog.record(run)
                }
                group.cancelAll()
                try await group.waitForAll()
            }
            continuation.finish()
            #expect(try await catalog.runs(limit: 1) == [run])
        }
    }

    @Test("With the last location of a repository goes what was recorded of it")
    func locations() async throws {
        try await withCatalog { catalog in
            let first = LocationRecord(name: "a", repositoryID: "repo", url: "s3://bucket/a", lastSeenAt: time(1))
            let second = LocationRecord(name: "b", repositoryID: "repo", url: "file:///b", lastSeenAt: time(2))
            try await catalog.upsert(second)
            try await catalog.upsert(first)
            try await catalog.upsert(backupRecord("nightly"))
            try await catalog.upsert(backupRecord("nightly", repository: "other"))
            #expect(try await catalog.locations() == [first, second])
            #expect(try await catalog.deleteLocation(name: "a"))
            #expect(try await catalog.backups(repository: "repo").count == 1)
            #expect(try await catalog.deleteLocation(name: "b"))
            #expect(try await catalog.backups(repository: "repo") == [])
            #expect(try await catalog.backups(repository: "other").count == 1)
            #expect(try await !catalog.deleteLocation(name: "b"))
        }
    }
}
