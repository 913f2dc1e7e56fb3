import Foundation
import ObjectStore
import Repository
import RestoreEngine
import Synchronization
import SystemPackage
import Testing

@testable import Operations

@Suite("Journal of a restore")
struct RestoreJournalTests {
    /// A user, and the backup `nightly` in a repository in memory.
    private struct Fixture {
        let user: TestUser
        let repository: Repository
        let source: RestoreSource
        let key = RepositoryKey.makeKeyFile()
        let store = InMemoryObjectStore()

        init(_ user: TestUser) async throws {
            self.user = user
            repository = try await Repository.create(in: store, key: key, at: TestUser.now)
            try await SampleBackup.small.write(to: repository)
            let found = SnapshotName(cluster: SampleBackup.small.cluster, name: "nightly")
            let content = try #require(try await repository.snapshots.read(found).snapshot.content(.objects))
            source = RestoreSource(
                backup: "nightly",
                cluster: found.cluster,
                contents: repository.contents(of: content.manifest),
                resources: [],
                namespaces: ["shop"]
            )
        }

        func records(at seconds: TimeInterval = 0, in other: Repository? = nil) throws -> RestoreRecords {
            var context = user.context()
            context.now = { TestUser.now.addingTimeInterval(seconds) }
            let settings = try Settings(context: context, flags: [:])
            return RestoreRecords(
                try LocationAccess(location: try settings.location(), context: context),
                other ?? repository
            )
        }

        func session(backup: String = "nightly", _ change: (inout RestoreSpec) -> Void = { _ in }) async throws
            -> RestoreSession
        {
            var source = source
            source.backup = backup
            var spec = RestoreSpec()
            change(&spec)
            return try await RestoreEngine(target: IdleTarget(), source: source, now: { TestUser.now })
                .begin(name: "back", targetCluster: "2222-b", spec: spec, program: "kbackup/test")
        }

        func mark() -> FilePath {
            user.context().folders.data.appending("running/\(repository.id)/2222-b/back")
        }
    }

    private func with(_ body: @escaping (Fixture) async throws -> Void) async throws {
        try await TestUser.with { user in try await body(try await Fixture(user)) }
    }

    private func begin(_ fixture: Fixture, at seconds: TimeInterval = 0) async throws -> RestoreJournal {
        try await RestoreJournal.begin(try await fixture.session(), try fixture.records(at: seconds))
    }

    private func conflict(_ body: () async throws -> RestoreJournal) async -> String {
        let error = await #expect(throws: OperationError.self) { _ = try await body() }
        #expect(error?.code == .conflict)
        return error?.message ?? ""
    }

    @Test("A restore is known while it runs, and its name is taken")
    func running() async throws {
        try await with { fixture in
            let journal = try await begin(fixture)
            let report = try #require(try await fixture.records().all().first)
            #expect(report.phase == .inProgress)
            #expect(report.finishedAt == nil)
            // However late its next report is: on this machine it is known to run.
            #expect(try await fixture.records(at: 86_400).all().map(\.phase) == [.inProgress])
            #expect(await conflict { try await begin(fixture, at: 86_400) }.contains("it is running"))
            try await journal.end(try await fixture.session().finalReport())
            #expect(try await fixture.records().all().map(\.phase) == [.completed])
            #expect(!fixture.user.exists(fixture.mark()))
            #expect(await conflict { try await begin(fixture) }.contains("Choose another name"))
        }
    }

    @Test("A restore whose process was killed shows as interrupted at once, and can be gone on with")
    func killed() async throws {
        try await with { fixture in
            var journal: RestoreJournal? = try await begin(fixture)
            #expect(try await fixture.records().all().map(\.phase) == [.inProgress])
            // The system takes the lock of a killed process away, and leaves the file.
            withExtendedLifetime(journal) {}
            journal = nil
            let report = try await fixture.records().find("back", cluster: nil)
            #expect(report.phase == .interrupted)
            #expect(report.message?.contains("without a last word") == true)
            let next = try await begin(fixture)
            #expect(try await fixture.records().all().map(\.phase) == [.inProgress])
            try await next.end(try await fixture.session().finalReport())
            #expect(try await fixture.records().all().map(\.phase) == [.completed])
            #expect(try await fixture.repository.restores.list().map(\.number) == [3])
        }
    }

    @Test("On another machine a restore counts as interrupted when its next report is long overdue")
    func elsewhere() async throws {
        try await with { fixture in
            let journal = try await begin(fixture)
            try FileManager.default.removeItem(atPath: fixture.mark().string)
            #expect(try await fixture.records(at: 100).all().map(\.phase) == [.inProgress])
            #expect(await conflict { try await begin(fixture, at: 100) }.contains("it is running"))
            #expect(try await fixture.records(at: 200).all().map(\.phase) == [.interrupted])
            // The mark of another run of the same restore says nothing about this one.
            try fixture.user.write("another run", to: fixture.mark())
            #expect(try await fixture.records(at: 100).all().map(\.phase) == [.inProgress])
            withExtendedLifetime(journal) {}
        }
    }

    @Test("Only the same restore goes on under a name")
    func otherRestore() async throws {
        try await with { fixture in
            let journal = try await begin(fixture)
            try await journal.end(try await fixture.session().cutOffReport(.failed, "The cluster is gone."))
            let report = try await fixture.records().find("back", cluster: nil)
            #expect(report.phase == .failed)
            #expect(report.message == "The cluster is gone.")
            #expect(report.finishedAt == TestUser.now)
            for session in [
                try await fixture.session(backup: "weekly"),
                try await fixture.session { $0.includedNamespaces = ["shop"] },
            ] {
                let message = await conflict { try await RestoreJournal.begin(session, try fixture.records()) }
                #expect(message.contains("of another backup or other objects"))
            }
            _ = try await begin(fixture)
        }
    }

    @Test("Reports are written on the way")
    func onTheWay() async throws {
        try await with { fixture in
            let repository = fixture.repository
            let name = SnapshotName(cluster: "2222-b", name: "back")
            let journal = try await RestoreJournal.begin(
                try await fixture.session(),
                try fixture.records(),
                shortestPause: 0.001
            )
            try await journal.keep {
                while try await repository.restores.last(of: name)?.number ?? 0 < 3 { await Task.yield() }
            }
            try await journal.end(try await fixture.session().finalReport())
            #expect(try await fixture.records().all().map(\.phase) == [.completed])
        }
    }

    @Test("Of two processes that begin at the same moment, one finds out")
    func race() async throws {
        try await with { fixture in
            let first = try await begin(fixture)
            let number = try await fixture.repository.restores.list().map(\.number)
            #expect(number == [1])
            // As if it had looked before the other wrote.
            let report = try await fixture.session().report()
            let error = await #expect(throws: RepositoryError.self) {
                try await fixture.records().write(report, number: 1)
            }
            #expect(error?.code == .nameTaken)
            // The other has written its next report: this one is not ours to follow.
            try await fixture.records().write(report, number: 2)
            let conflict = await #expect(throws: OperationError.self) {
                try await first.end(try await fixture.session().finalReport())
            }
            #expect(conflict?.code == .conflict)
            #expect(conflict?.message.contains("Another process has gone on with restore 'back'") == true)
        }
    }

    @Test("A restore that another process has gone on with is stopped")
    func takenOver() async throws {
        try await with { fixture in
            let journal = try await RestoreJournal.begin(
                try await fixture.session(),
                try fixture.records(),
                shortestPause: 0.001
            )
            let other = try await fixture.session().report()
            let records = try fixture.records()
            let isStopped = Mutex(false)
            let error = await #expect(throws: OperationError.self) {
                try await journal.keep {
                    try await Self.takeOver(other, records)
                    while !Task.isCancelled { await Task.yield() }
                    isStopped.withLock { $0 = true }
                }
            }
            #expect(error?.code == .conflict)
            #expect(isStopped.withLock { $0 })
            #expect(!fixture.user.exists(fixture.mark()))
        }
    }

    /// Writes the next report before the restore itself does.
    private static func takeOver(_ report: RestoreReport, _ records: RestoreRecords) async throws {
        while true {
            do {
                let last = try await records.last(of: report.snapshotName)?.number ?? 0
                return try await records.write(report, number: last + 1)
            } catch let error as RepositoryError where error.code == .nameTaken {
                continue
            }
        }
    }

    @Test("A cancelled restore still writes its last report")
    func cancelled() async throws {
        try await with { fixture in
            let journal = try await begin(fixture)
            let report = try await fixture.session().cutOffReport(.interrupted, "Interrupted.")
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                try await journal.end(report)
            }
            task.cancel()
            try await task.value
            #expect(try await fixture.records().all().map(\.phase) == [.interrupted])
        }
    }

    @Test("A location that can only be read is enough to restore from")
    func readOnly() async throws {
        try await with { fixture in
            let store = ReadOnlyStore(store: fixture.store)
            let repository = try await Repository.open(store, key: fixture.key)
            let journal = try await RestoreJournal.begin(
                try await fixture.session(),
                try fixture.records(in: repository)
            )
            #expect(fixture.user.warnings.count == 1)
            #expect(fixture.user.warnings.first?.contains("is not allowed") == true)
            await #expect(throws: ObjectStoreError.self) {
                try await journal.end(try await fixture.session().finalReport())
            }
        }
    }
}
