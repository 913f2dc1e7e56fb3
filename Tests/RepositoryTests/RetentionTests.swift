import Foundation
import ObjectStore
import Synchronization
import Testing

@testable import Repository

@Suite("Objects that are kept from deletion")
struct RetentionTests {
    /// A repository in a store that keeps objects for 100 seconds, and its clock.
    private final class Vault: ObjectStore {
        private struct State {
            var now = 0.0
            var retained: [ObjectKey: Double] = [:]
            var refuses = false
        }

        private let state = Mutex(State())
        private let store: InMemoryObjectStore
        private let clock: Clock

        private final class Clock: Sendable { let now = Mutex(0.0) }

        init() {
            let clock = Clock()
            self.clock = clock
            store = InMemoryObjectStore(now: { clock.now.withLock { $0 } })
        }

        var now: Double {
            get { clock.now.withLock { $0 } }
            set { clock.now.withLock { $0 = newValue } }
        }

        func refuse() { state.withLock { $0.refuses = true } }

        /// What was extended since the last call, and until when.
        func takeRetained() -> [ObjectKey: Double] {
            state.withLock { state in
                defer { state.retained = [:] }
                return state.retained
            }
        }

        var retention: ObjectRetention? { ObjectRetention(mode: .compliance, period: 100) }

        func retain(_ keys: [ObjectKey], until end: Double) async throws {
            try state.withLock { state in
                if state.refuses { throw ObjectStoreError(.accessDenied, "no") }
                for key in keys { state.retained[key] = end }
            }
        }

        var location: String { store.location }

        func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
            try await store.put(body, at: key, if: condition)
        }

        func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject {
            try await store.get(key, range: range)
        }

        func stat(_ key: ObjectKey) async throws -> ObjectStat? { try await store.stat(key) }

        func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
            try await store.list(prefix: prefix, body)
        }

        func delete(_ keys: [ObjectKey]) async throws { try await store.delete(keys) }
    }

    private let vault = Vault()

    private func backUp(
        _ table: [String: [UInt8]],
        as name: String,
        at time: Double,
        parent: Snapshot? = nil,
        in repository: Repository
    ) async throws -> Snapshot {
        vault.now = time
        let written = try await repository.writeBackup(
            SnapshotName(cluster: "c", name: name),
            parent: parent?.name,
            at: Date(timeIntervalSince1970: time)
        ) { writer in
            let manifest = writer.manifest(.objects, parent: parent?.contents[0].manifest, extendsParent: true)
            try await manifest.section(prefix: []) { section in
                for (key, record) in table.sorted(by: { $0.key < $1.key }) {
                    _ = try await section.put(record[...], at: Array(key.utf8))
                }
            }
            let finished = try await manifest.finish()
            return Repository.Draft(contents: [SnapshotContent(kind: .objects, manifest: finished)]) { _ in [] }
        }
        return try await repository.snapshots.read(SnapshotName(cluster: "c", name: written.snapshot.name)).snapshot
    }

    private func end(_ snapshot: Snapshot) -> Double? {
        snapshot.contents[0].manifest.retainedUntil?.timeIntervalSince1970
    }

    @Test("What a newer backup needs is kept anew once half of the time is over, and not in each backup")
    func extends() async throws {
        let repository = try await Repository.create(
            in: vault,
            key: .makeKeyFile(),
            at: Date(timeIntervalSince1970: 0)
        )
        var table: [String: [UInt8]] = [:]
        for number in 100..<200 { table["a\(number)"] = Array("value \(number)".utf8) }
        let one = try await backUp(table, as: "one", at: 0, in: repository)
        #expect(vault.takeRetained() == [Repository.rootKey: 100])
        #expect(end(one) == 100)
        let first = try one.newPack.key

        table["a150"] = [1]
        let two = try await backUp(table, as: "two", at: 30, parent: one, in: repository)
        #expect(vault.takeRetained().isEmpty)
        #expect(end(two) == 100)

        table["a160"] = [2]
        let three = try await backUp(table, as: "three", at: 60, parent: two, in: repository)
        #expect(vault.takeRetained() == [first: 160, try two.newPack.key: 160, Repository.rootKey: 160])
        #expect(end(three) == 160)

        table["a170"] = [3]
        let four = try await backUp(table, as: "four", at: 70, parent: three, in: repository)
        #expect(vault.takeRetained().isEmpty)
        #expect(end(four) == 160)
    }

    @Test("Young packs that no parent tells of are kept anew: nobody knows how they were written")
    func unknown() async throws {
        let repository = try await Repository.create(
            in: vault,
            key: .makeKeyFile(),
            at: Date(timeIntervalSince1970: 0)
        )
        func backUp(_ name: String, at time: Double) async throws -> Snapshot {
            vault.now = time
            let now = Date(timeIntervalSince1970: time)
            return try await repository.writeBackup(
                SnapshotName(cluster: "c", name: name),
                parent: nil,
                at: now,
                includesStreams: true
            ) { writer in
                let manifest = writer.manifest(.stream, parent: nil, extendsParent: false)
                try await manifest.section(prefix: []) { _ = try await $0.put([1, 2, 3], at: .number(0)) }
                let content = SnapshotContent(kind: .stream, manifest: try await manifest.finish())
                return Repository.Draft(contents: [content]) { _ in [] }
            }.snapshot
        }
        let one = try await backUp("one", at: 0)
        _ = vault.takeRetained()
        let two = try await backUp("two", at: 10)
        #expect(vault.takeRetained() == [try one.newPack.key: 110, Repository.rootKey: 110])
        #expect(end(two) == 110)
    }

    @Test("A backup that cannot keep what it needs is none")
    func refused() async throws {
        let repository = try await Repository.create(
            in: vault,
            key: .makeKeyFile(),
            at: Date(timeIntervalSince1970: 0)
        )
        let one = try await backUp(["a": [1], "b": [2]], as: "one", at: 0, in: repository)
        vault.refuse()
        let error = await #expect(throws: ObjectStoreError.self) {
            _ = try await backUp(["a": [1], "b": [3]], as: "two", at: 60, parent: one, in: repository)
        }
        #expect(error?.code == .accessDenied)
        #expect(try await repository.snapshots.list().map(\.name.name) == ["one"])
    }

    @Test("Where nothing is kept, the snapshot says nothing of it")
    func without() async throws {
        var fixture = try await RepositoryFixture()
        let snapshot = try await fixture.backUp(["a": [1]], as: "one")
        #expect(snapshot.contents[0].manifest.retainedUntil == nil)
    }
}
