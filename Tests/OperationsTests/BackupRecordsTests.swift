import Foundation
import Repository
import RestoreEngine
import SystemPackage
import Testing

@testable import BackupEngine
@testable import Operations

@Suite("Backups and the catalog")
struct BackupRecordsTests {
    private func catalog(_ user: TestUser) -> FilePath { user.home.appending(".local/share/kbackup/catalog.sqlite") }

    private func removeCatalog(_ user: TestUser) throws {
        for suffix in ["", "-wal", "-shm", ".lock"] {
            try? FileManager.default.removeItem(atPath: catalog(user).string + suffix)
        }
    }

    /// Three backups: the newest in the middle by name, and one of another cluster.
    private func write(_ user: TestUser) async throws -> Repository {
        let repository = try await user.settings().locationAccess().openForWriting()
        var sample = SampleBackup.small
        for (name, age) in [("a", 100.0), ("b", 1.0), ("c", 50.0)] {
            sample.name = name
            sample.startedAt = TestUser.now.addingTimeInterval(-age)
            sample.cluster = name == "c" ? "2222-b" : "1111-a"
            sample.failures = name == "a" ? [BackupDetails.Failure(subject: "pods", reason: "timed out")] : []
            try await sample.write(to: repository)
        }
        return repository
    }

    /// What the commands that read say.
    private struct Answers: Equatable {
        var rows: [BackupRow]
        var documents: [BackupDocument]
        var described: [BackupDocument]
        var restores: [RestoreDocument]
    }

    private func answers(_ user: TestUser) async throws -> Answers {
        let list = ListBackups(cluster: nil, settings: try user.settings())
        var described: [BackupDocument] = []
        for name in ["a", "b", "c"] {
            described.append(try await DescribeBackup(name, cluster: nil, settings: try user.settings()).run())
        }
        return Answers(
            rows: try await list.rows(),
            documents: try await list.documents(),
            described: described,
            restores: try await ListRestores(settings: try user.settings()).run()
        )
    }

    @Test("Backups are listed the newest first, and described in full")
    func lists() async throws {
        try await TestUser.with { user in
            _ = try await write(user)
            let answers = try await answers(user)
            #expect(answers.rows.map(\.name) == ["b", "c", "a"])
            #expect(answers.rows.map(\.phase) == ["Completed", "Completed", "PartiallyFailed"])
            #expect(answers.rows == answers.documents.map(BackupRow.init))
            let first = answers.described[0]
            #expect(first.failures == [FailureDocument(subject: "pods", reason: "timed out")])
            #expect(first.objects == 3)
            #expect(first.durationSeconds == 12)
            #expect(first.resources.map(\.resource) == ["configmaps", "namespaces", "deployments.apps"])
            let other = try await ListBackups(cluster: "2222", settings: try user.settings()).rows()
            #expect(other.map(\.name) == ["c"])
            #expect(user.warnings.isEmpty)
        }
    }

    @Test("Answers are the same from an old catalog, a new one, a damaged one, and none")
    func sameAnswers() async throws {
        try await TestUser.with { user in
            let repository = try await write(user)
            try await writeReport(named: "again", to: repository)
            let first = try await answers(user)
            #expect(first.restores.map(\.name) == ["again"])
            #expect(try await answers(user) == first, "now from the catalog")
            try removeCatalog(user)
            let report = try await RebuildCatalog(settings: try user.settings()).run()
            #expect(report.locations == [.init(location: "local", backups: 3, restores: 1)])
            #expect(try await answers(user) == first, "after a rebuild")
            try removeCatalog(user)
            #expect(user.warnings.isEmpty)
            try user.write("no database, but long enough to be looked at as one", to: catalog(user))
            #expect(try await answers(user) == first, "after damage")
            #expect(user.warnings.contains { $0.contains("damaged") })
            // A folder in its place: it cannot be opened, whoever asks.
            try removeCatalog(user)
            try FileManager.default.createDirectory(atPath: catalog(user).string, withIntermediateDirectories: true)
            #expect(try await answers(user) == first, "without a catalog")
            #expect(user.warnings.contains { $0.contains("Without the catalog") })
        }
    }

    @Test("What others add and delete shows at the next look")
    func changes() async throws {
        try await TestUser.with { user in
            let repository = try await write(user)
            _ = try await answers(user)
            try await repository.snapshots.delete(SnapshotName(cluster: "1111-a", name: "b"))
            var sample = SampleBackup.small
            sample.name = "d"
            try await sample.write(to: repository)
            // One of the same name, but another backup.
            try await repository.snapshots.delete(SnapshotName(cluster: "2222-b", name: "c"))
            sample.name = "c"
            sample.cluster = "2222-b"
            sample.failures = [BackupDetails.Failure(subject: "x", reason: "y")]
            try await sample.write(to: repository)
            let list = ListBackups(cluster: nil, settings: try user.settings())
            #expect(try await list.rows().map(\.name) == ["d", "c", "a"])
            #expect(try await list.documents().map(\.phase) == ["Completed", "PartiallyFailed", "PartiallyFailed"])
            let described = try await DescribeBackup("c", cluster: nil, settings: try user.settings()).run()
            #expect(described.failures.count == 1)
        }
    }

    @Test("A damaged backup does not hide the others")
    func damagedSnapshot() async throws {
        try await TestUser.with { user in
            _ = try await write(user)
            let file = user.home.appending(".local/share/kbackup/repository/snapshots/1111-a/b")
            try Data([1, 2, 3]).write(to: URL(filePath: file.string))
            let list = ListBackups(cluster: nil, settings: try user.settings())
            #expect(try await list.rows().map(\.name) == ["c", "a"])
            #expect(user.warnings.contains { $0.contains("'b' is not shown") })
            let error = await #expect(throws: RepositoryError.self) {
                try await DescribeBackup("b", cluster: nil, settings: try user.settings()).run()
            }
            #expect(error?.code == .damaged)
        }
    }

    @Test("All named backups are deleted, or none")
    func deletes() async throws {
        try await TestUser.with { user in
            _ = try await write(user)
            _ = try await answers(user)
            func delete(_ names: [String]) async throws -> [String] {
                var deleted: [String] = []
                try await DeleteBackups(names, cluster: nil, settings: try user.settings()).run(
                    confirm: { names, location in #expect(location == "local" && !names.isEmpty) },
                    onDeleted: { deleted.append($0) }
                )
                return deleted
            }
            let error = await #expect(throws: OperationError.self) { try await delete(["a", "nope"]) }
            #expect(error?.code == .notFound)
            #expect(try await delete(["a", "c", "a"]) == ["a", "c"])
            #expect(try await ListBackups(cluster: nil, settings: try user.settings()).rows().map(\.name) == ["b"])
            await #expect(throws: OperationError.self) {
                try await DeleteBackups(["b"], cluster: nil, settings: try user.settings()).run(
                    confirm: { _, _ in throw OperationError(.failed, "no") },
                    onDeleted: { _ in }
                )
            }
            #expect(try await ListBackups(cluster: nil, settings: try user.settings()).rows().map(\.name) == ["b"])
        }
    }

    private func writeReport(named name: String, to repository: Repository) async throws {
        let json = """
            {"name":"\(name)","backup":"a","backupCluster":"1111-a","targetCluster":"3333-c","phase":"Completed",
            "spec":{"includedNamespaces":[],"excludedNamespaces":[],"includedResources":[],"excludedResources":[],
            "labelSelector":"","namespaceMappings":{"shop":"shop2"}},
            "startedAt":"2026-11-22T10:15:30Z","finishedAt":"2026-11-22T10:15:40Z",
            "resources":[{"group":"apps","resource":"deployments","created":2,"updated":0,"unchanged":1,"conflicts":0,
            "skipped":3,"failed":0}],"skipped":[],"conflicts":[],"failures":[],"warnings":[],
            "omitted":{"skipped":0,"conflicts":0,"failures":0,"warnings":0},"program":"kbackup/test"}
            """
        let report = try RestoreReport.decode(Array(json.utf8))
        _ = try await repository.restores.write(try report.encoded(), named: report.snapshotName, number: 1)
    }
}
