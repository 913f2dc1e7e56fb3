import Concurrency
import Foundation
import ObjectStore
import Testing

@testable import Repository

@Suite("Objects that were cut, swapped, renamed or put back")
struct ReplacedObjectTests {
    private func check(_ objects: StoredObjects) async throws -> CheckReport {
        try await ExampleRepository.open(try await objects.store()).check(dataPercent: 100)
    }

    private func expectRootRefused(_ objects: StoredObjects, _ comment: Comment) async throws {
        let store = try await objects.store()
        let error = await #expect(throws: RepositoryError.self, comment) { try await ExampleRepository.open(store) }
        #expect(error?.code == .damaged, comment)
        #expect(error?.message.contains("'root'") == true, comment)
    }

    @Test("An object that was cut off anywhere, or has grown, is found")
    func lengths() async throws {
        let objects = try await ExampleRepository(hasPassphrase: false).objects
        let lengths = objects.keys("").flatMap { key in
            let size = objects[key]?.count ?? 0
            // Every length near both ends, where heads and tails are cut, and some between.
            return (0...size).filter { min($0, size - $0) < 9 || $0 % 97 == 0 }.map { (key, $0) }
        }
        try await lengths.concurrentForEach(width: 4) { key, length in
            var changed = objects
            let whole = objects[key] ?? []
            // At its full length it has grown by a byte that a text would pass over.
            changed[key] = length == whole.count ? whole + [UInt8(ascii: "\n")] : Array(whole.prefix(length))
            let comment: Comment = "\(key) with \(length) of \(whole.count) bytes"
            if key == Repository.rootKey { return try await expectRootRefused(changed, comment) }
            if key.rawValue.hasPrefix(TombstoneStore.prefix) {
                // Whatever is left of a mark keeps new backups away from the pack; one that has grown may have become
                // another.
                let marks = try await TombstoneStore(store: try await changed.store()).list()
                let keepsAway = marks.values.allSatisfy { $0.isCondemned || $0.isRelocated }
                #expect(marks.count == 1 && (length == whole.count || keepsAway), comment)
                return
            }
            // Of chunks that are cut off, the index says that they should be there.
            let damaged = Set(try await check(changed).damages.map(\.object)).filter { !$0.hasPrefix("index/") }
            let told: Set<String> = key.rawValue.hasPrefix("index/") ? [] : [key.rawValue]
            #expect(damaged == told, comment)
        }
    }

    @Test("Two objects of a kind that changed places are both found", arguments: ["packs/", "snapshots/", "index/"])
    func swapped(kind: String) async throws {
        let objects = try await ExampleRepository(hasPassphrase: false).objects
        let keys = objects.keys(kind)
        #expect(keys.count >= 2)
        for (place, first) in keys.enumerated() {
            for second in keys[(place + 1)...] {
                var changed = objects
                (changed[first], changed[second]) = (objects[second], objects[first])
                let damaged = Set(try await check(changed).damages.map(\.object))
                // Of chunks that a shorter pack does not have, the index says that they should be there.
                let others = damaged.filter { kind == "index/" || !$0.hasPrefix("index/") }
                #expect(others == [first.rawValue, second.rawValue], "\(first) and \(second)")
            }
        }
    }

    @Test("An object of another kind in the place of one is found")
    func otherKind() async throws {
        let objects = try await ExampleRepository(hasPassphrase: false).objects
        let snapshot = SnapshotStore.key(ExampleRepository.first)
        for other in objects.keys("") where other != snapshot {
            var changed = objects
            changed[snapshot] = objects[other]
            #expect(try await check(changed).damages.map(\.object) == [snapshot.rawValue], "\(other)")
        }
    }

    @Test("An object under another name is found, and so is that it is gone where that does harm")
    func renamed() async throws {
        let objects = try await ExampleRepository(hasPassphrase: false).objects
        let name = "00112233445566778899aabbccddeeff"
        func rename(_ old: ObjectKey, _ new: String) -> StoredObjects {
            var changed = objects
            changed[ObjectKey(new)] = changed.removeValue(forKey: old)
            return changed
        }
        let gone = Set(objects.keys(TombstoneStore.prefix).map { $0.rawValue.suffix(32) })
        for pack in objects.keys("packs/") {
            let damaged = Set(try await check(rename(pack, "packs/00/\(name)")).damages.map(\.object))
            // Nobody misses a pack that nothing refers to.
            let missed: Set<String> = gone.contains(pack.rawValue.suffix(32)) ? [] : [pack.rawValue]
            #expect(damaged == missed.union(["packs/00/\(name)"]))
        }
        let snapshot = SnapshotStore.key(ExampleRepository.first)
        let moved = "snapshots/\(ExampleContents.cluster)/other"
        let report = try await check(rename(snapshot, moved))
        #expect(report.damages.map(\.object) == [moved])
        #expect(report.harmed.map(\.name.name) == ["other"])
        for (kind, new) in [("index/", "index/0/\(name)"), ("restores/", "restores/c/other/1")] {
            for old in objects.keys(kind) {
                #expect(try await check(rename(old, new)).damages.map(\.object) == [new])
            }
        }
        let store = try await rename(Repository.rootKey, "roots").store()
        let error = await #expect(throws: RepositoryError.self) { try await ExampleRepository.open(store) }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("'root'") == true)
    }

    /// What nothing in the repository can tell, and `docs/format.md` says so.
    @Test("An older root opens as it did: a key that was added since does not, one that was removed does")
    func olderRoot() async throws {
        var objects = try await ExampleRepository(hasPassphrase: false).objects
        let store = try await objects.store()
        let other = RepositoryKey.makeKeyFile()
        let slots = KeySlots(store: store, key: ExampleRepository.key)
        let added = try await slots.add(other, label: nil, at: Date(timeIntervalSince1970: 0))
        let withOther = try await store.get(Repository.rootKey)
        _ = try await slots.remove(added.id, isForced: false)
        objects[Repository.rootKey] = withOther
        let replayed = try await objects.store()
        #expect(try await Repository.open(replayed, key: other).check(dataPercent: 100).isSound)
    }

    @Test("Under the root of another repository, all that is encrypted is damaged")
    func foreignRoot() async throws {
        var objects = try await ExampleRepository(hasPassphrase: false).objects
        let other = InMemoryObjectStore()
        _ = try await Repository.create(in: other, key: .makeKeyFile(), at: Date())
        objects[Repository.rootKey] = try await other.get(Repository.rootKey)
        let store = try await objects.store()
        let error = await #expect(throws: RepositoryError.self) { try await ExampleRepository.open(store) }
        #expect(error?.code == .wrongKey)

        let same = InMemoryObjectStore()
        _ = try await Repository.create(in: same, key: ExampleRepository.key, at: Date())
        objects[Repository.rootKey] = try await same.get(Repository.rootKey)
        let report = try await check(objects)
        let encrypted = ["packs/", "snapshots/", "index/", "restores/"].flatMap { objects.keys($0) }
        #expect(Set(report.damages.map(\.object)) == Set(encrypted.map(\.rawValue)))
        #expect(report.harmed.map(\.name.name) == ["first", "second"])
    }
}
