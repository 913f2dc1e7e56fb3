import Foundation
import ObjectStore
import Synchronization
import Testing

@testable import Repository

@Suite("What is kept of a repository on this machine")
struct RepositoryCacheTests {
    private let store = CountingStore(InMemoryObjectStore())
    private let key = RepositoryKey.makeKeyFile()
    private let cache = TestCache()
    private static let name = SnapshotName(cluster: "c", name: "first")

    private func open(_ cache: TestCache?) async throws -> Repository {
        try await Repository.open(store, key: key, cache: cache)
    }

    /// Backs up five thousand records on top of the last backup, as a command does: opened anew, with one look for it.
    private func backUp(
        _ name: String,
        changed: [String: [UInt8]] = [:],
        at date: Date = Date(timeIntervalSince1970: 1_000_000),
        now: Date? = nil,
        _ cache: TestCache?
    ) async throws {
        let repository = try await open(cache)
        let snapshotName = SnapshotName(cluster: "c", name: name)
        #expect(try await !repository.snapshots.exists(snapshotName))
        let last = try await repository.snapshots.recentList().max { $0.stat.modifiedAt < $1.stat.modifiedAt }
        var parent: Snapshot?
        if let last { parent = try await repository.snapshots.read(last.name).snapshot }
        _ = try await repository.writeBackup(snapshotName, parent: parent?.name, at: date, now: now) { writer in
            let manifest = writer.manifest(
                .objects,
                parent: parent?.contents[0].manifest,
                extendsParent: parent != nil
            )
            try await manifest.section(prefix: []) { section in
                for number in 10_000..<15_000 {
                    let record = changed["\(number)"] ?? Array("value \(number)".utf8)
                    _ = try await section.put(record[...], at: Array("\(number)".utf8))
                }
            }
            let finished = try await manifest.finish()
            return Repository.Draft(contents: [SnapshotContent(kind: .objects, manifest: finished)]) { _ in [1] }
        }
    }

    /// Reads one record, as a command does.
    private func show(_ key: String, of name: SnapshotName, _ cache: TestCache?) async throws -> String? {
        let repository = try await open(cache)
        let found = try await repository.snapshots.recentList().first { $0.name == name }
        guard let found else { return nil }
        let manifest = try await repository.snapshots.read(found.name).snapshot.contents[0].manifest
        let reader = repository.contents(of: manifest)
        guard let entry = try await reader.entry(at: Array(key.utf8)) else { return nil }
        return String(decoding: try await reader.record(entry), as: UTF8.self)
    }

    private static let opening = "LIST  after restores0"

    @Test("With a cache, backups and reads need few requests")
    func requests() async throws {
        _ = try await Repository.create(in: store, key: key, at: Date())
        _ = store.takeRequests()
        try await backUp("first", cache)
        #expect(store.takeRequests() == ["GET root", "LIST snapshots/", "PUT pack", "PUT snapshots/c/first"])
        try await backUp("unchanged", cache)
        #expect(store.takeRequests() == [Self.opening, "PUT snapshots/c/unchanged"])
        try await backUp("again", cache)
        #expect(store.takeRequests() == [Self.opening, "PUT snapshots/c/again"])
        try await backUp("changed", changed: ["12345": [1]], cache)
        #expect(store.takeRequests() == [Self.opening, "PUT pack", "PUT snapshots/c/changed"])
        try await backUp("changed-again", changed: ["12345": [2]], cache)
        #expect(store.takeRequests() == [Self.opening, "PUT pack", "PUT snapshots/c/changed-again"])
        #expect(try await show("12344", of: Self.name, cache) == "value 12344")
        #expect(store.takeRequests() == [Self.opening, "GET pack"])

        let cold = ["GET root", "LIST snapshots/", "GET snapshots/c/first", "GET pack", "GET pack"]
        #expect(try await show("12344", of: Self.name, TestCache()) == "value 12344")
        #expect(store.takeRequests() == cold)
        #expect(try await show("12344", of: Self.name, nil) == "value 12344")
        #expect(store.takeRequests() == cold)
    }

    @Test("Packs are listed anew after six hours, and when somebody else has made a backup")
    func packLists() async throws {
        _ = try await Repository.create(in: store, key: key, at: Date())
        for name in ["first", "second"] { try await backUp(name, cache) }
        func listsPacks(_ name: String, _ hours: Double, _ cache: TestCache) async throws -> Bool {
            _ = store.takeRequests()
            try await backUp(name, at: Date(timeIntervalSince1970: 1_000_000 + hours * 3600), cache)
            return store.takeRequests().contains("LIST packs/")
        }
        #expect(try await !listsPacks("hour-5", 5.9, cache))
        #expect(try await listsPacks("hour-6", 6.1, cache))
        #expect(try await !listsPacks("hour-11", 11.9, cache))
        #expect(try await listsPacks("hour-1", 1, cache), "the clock was set back")
        #expect(try await listsPacks("other", 2, TestCache()))
        #expect(try await listsPacks("hour-3", 3, cache), "a snapshot is not covered")
        #expect(try await !listsPacks("hour-4", 4, cache))
    }

    @Test("A kept list grows old by the clock, not by the times of backups that are copied")
    func copiesOfOldBackups() async throws {
        _ = try await Repository.create(in: store, key: key, at: Date())
        let now = Date(timeIntervalSince1970: 1_000_000)
        try await backUp("first", now: now, cache)
        _ = store.takeRequests()
        try await backUp("second", now: now.addingTimeInterval(3600), cache)
        _ = store.takeRequests()
        try await backUp("third", now: now.addingTimeInterval(9 * 3600), cache)
        #expect(store.takeRequests().contains("LIST packs/"))
    }

    @Test("A pack that is gone is noticed when packs are listed anew, and written again")
    func lostPack() async throws {
        _ = try await Repository.create(in: store, key: key, at: Date())
        for name in ["first", "second"] { try await backUp(name, cache) }
        // Its records, without the page of the manifest that lists them.
        try await backUp("third", changed: ["12345": [9]], cache)
        let third = try await open(nil).snapshots.read(SnapshotName(cluster: "c", name: "third"))
        let pack = try third.snapshot.newPack
        try await store.delete([pack.key])
        let later = Date(timeIntervalSince1970: 1_000_000 + 7 * 3600)
        let error = await #expect(throws: DamagedParentError.self) {
            try await backUp("fourth", changed: ["12345": [9]], at: later, cache)
        }
        #expect(error?.pack == pack)
    }

    @Test("A mark that was there when the repository was opened counts, and no other list is asked for")
    func marks() async throws {
        _ = try await Repository.create(in: store, key: key, at: Date())
        for name in ["first", "second"] { try await backUp(name, cache) }
        let pack = try #require(try await ListedPack.list(in: store).first?.id)
        _ = try await TombstoneStore(store: store).write(.marked, for: pack, replacing: nil)
        _ = store.takeRequests()
        let error = await #expect(throws: DamagedParentError.self) { try await backUp("third", cache) }
        #expect(error?.pack == pack)
        #expect(store.takeRequests() == [Self.opening])
    }

    @Test("Whatever is spoilt in the cache is read again, and put in order there")
    func spoilt() async throws {
        _ = try await Repository.create(in: store, key: key, at: Date())
        for name in ["first", "second"] { try await backUp(name, cache) }
        #expect(try await show("12344", of: Self.name, cache) == "value 12344")
        #expect(cache.files.withLock { Set($0.keys.map { $0.prefix(5) }) } == ["root", "objec", "block", "packs"])
        cache.change { _, bytes in if !bytes.isEmpty { bytes[bytes.count / 2] ^= 1 } }
        _ = store.takeRequests()
        #expect(try await show("12344", of: Self.name, cache) == "value 12344")
        #expect(store.takeRequests().contains("GET root"))
        #expect(try await show("12344", of: Self.name, cache) == "value 12344")
        #expect(store.takeRequests() == [Self.opening, "GET pack"])
        for count in [0, 3] {
            cache.change { _, bytes in bytes = Array(bytes.prefix(count)) }
            #expect(try await show("12344", of: Self.name, cache) == "value 12344")
        }
        cache.change { _, bytes in if !bytes.isEmpty { bytes[bytes.count / 2] ^= 1 } }
        _ = store.takeRequests()
        try await backUp("third", cache)
        #expect(store.takeRequests().contains("LIST packs/"))
    }

    @Test("A root that has changed or gone is noticed, and so is a backup that was made anew under the same name")
    func changes() async throws {
        _ = try await Repository.create(in: store, key: key, at: Date())
        try await backUp("first", cache)
        let repository = try await open(cache)
        try await repository.snapshots.delete(Self.name)
        try await backUp("first", changed: ["12344": Array("new".utf8)], nil)
        #expect(try await show("12344", of: Self.name, cache) == "new")

        let root = try await store.get(Repository.rootKey)
        _ = try await store.put(Array(root.dropLast(20)), at: Repository.rootKey, if: .always)
        let damaged = await #expect(throws: RepositoryError.self) { _ = try await open(cache) }
        #expect(damaged?.code == .damaged)
        try await store.delete([Repository.rootKey])
        await #expect(throws: RepositoryError.self) { _ = try await open(cache) }
    }

    @Test("The list that was read at opening is used once")
    func openingList() async throws {
        _ = try await Repository.create(in: store, key: key, at: Date())
        _ = try await open(cache)
        let repository = try await open(cache)
        _ = try await store.put([1], at: ObjectKey("snapshots/c/first"), if: .absent)
        #expect(try await repository.snapshots.recentList().isEmpty)
        #expect(try await repository.snapshots.recentList().count == 1)
        #expect(try await open(cache).snapshots.list().count == 1)
    }
}
