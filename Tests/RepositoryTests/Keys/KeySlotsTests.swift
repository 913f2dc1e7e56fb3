import Foundation
import ObjectStore
import ObjectStoreTestSupport
import Testing

@testable import Repository

@Suite("Key slots")
struct KeySlotsTests {
    private let store = InMemoryObjectStore()
    private let first = RepositoryKey.makeKeyFile()
    private let date = Date(timeIntervalSince1970: 1000)

    private func makeRepository() async throws -> KeySlots {
        _ = try await Repository.create(in: store, key: first, at: Date(timeIntervalSince1970: 0))
        return KeySlots(store: store, key: first)
    }

    private func opens(_ key: RepositoryKey) async throws -> Bool {
        do {
            _ = try await Repository.open(store, key: key)
            return true
        } catch let error as RepositoryError where error.code == .wrongKey {
            return false
        }
    }

    @Test("A key that is added opens the repository beside the others, until it is removed")
    func addAndRemove() async throws {
        let slots = try await makeRepository()
        let second = RepositoryKey.makeKeyFile()
        let added = try await slots.add(second, label: "safe", at: date)
        #expect(try await opens(first))
        #expect(try await opens(second))
        let listed = try await slots.list()
        #expect(listed.map(\.slot.label) == [nil, "safe"])
        #expect(listed.map(\.isOpened) == [true, false])
        #expect(listed[1].slot.createdAt == date)
        #expect(listed[1].slot.id == added.id)
        #expect(try await KeySlots(store: store, key: second).list().map(\.isOpened) == [false, true])
        #expect(try await slots.remove(String(added.id.prefix(6)), isForced: false).id == added.id)
        #expect(try await !opens(second))
        #expect(try await opens(first))
    }

    @Test("A passphrase and a key file open one repository")
    func kinds() async throws {
        let slots = try await makeRepository()
        _ = try await slots.add(.passphrase("correct horse"), label: nil, at: date)
        let error = await #expect(throws: RepositoryError.self) {
            _ = try await slots.add(.passphrase("correct horse"), label: nil, at: date)
        }
        #expect(error?.code == .slotRefused)
        let id = try await Repository.open(store, key: .passphrase("correct horse")).id
        #expect(try await Repository.open(store, key: first).id == id)
    }

    @Test("The last slot stays, and the one in use unless it is forced")
    func refusals() async throws {
        let slots = try await makeRepository()
        let own = try await slots.list()[0].slot.id
        for isForced in [false, true] {
            let error = await #expect(throws: RepositoryError.self) { try await slots.remove(own, isForced: isForced) }
            #expect(error?.code == .slotRefused)
        }
        let second = RepositoryKey.makeKeyFile()
        let other = try await slots.add(second, label: nil, at: date).id
        let inUse = await #expect(throws: RepositoryError.self) { try await slots.remove(own, isForced: false) }
        #expect(inUse?.code == .slotRefused)
        #expect(inUse?.message.contains("--force") == true)
        let unknown = await #expect(throws: RepositoryError.self) { try await slots.remove("zz", isForced: true) }
        #expect(unknown?.code == .slotNotFound)
        let empty = await #expect(throws: RepositoryError.self) { try await slots.remove("", isForced: true) }
        #expect(empty?.code == .slotNotFound)
        // The holder of the other key may.
        _ = try await KeySlots(store: store, key: second).remove(own, isForced: false)
        #expect(try await !opens(first))
        #expect(try await KeySlots(store: store, key: second).list().map(\.slot.id) == [other])
        let wrong = await #expect(throws: RepositoryError.self) { try await slots.list() }
        #expect(wrong?.code == .wrongKey)
    }

    @Test("Forced, the slot in use goes when another stays")
    func forced() async throws {
        let slots = try await makeRepository()
        let own = try await slots.list()[0].slot.id
        let second = RepositoryKey.makeKeyFile()
        _ = try await slots.add(second, label: nil, at: date)
        _ = try await slots.remove(own, isForced: true)
        #expect(try await !opens(first))
        #expect(try await opens(second))
    }

    @Test("A new key takes the place of the old one, and its label")
    func rotate() async throws {
        let slots = try await makeRepository()
        let second = RepositoryKey.makeKeyFile()
        let label = try await slots.add(second, label: "laptop", at: date).label
        let third = RepositoryKey.makeKeyFile()
        let rotated = try await KeySlots(store: store, key: second).rotate(to: third, at: date)
        #expect(rotated.old.id != rotated.new.id)
        #expect(rotated.new.label == label)
        #expect(try await !opens(second))
        #expect(try await opens(third))
        #expect(try await opens(first))
        #expect(try await slots.list().count == 2)
    }

    @Test("No root has more slots than can be tried")
    func limit() async throws {
        let slots = try await makeRepository()
        for _ in 1..<FormatLimits.keySlots {
            _ = try await slots.add(RepositoryKey.makeKeyFile(), label: nil, at: date)
        }
        let error = await #expect(throws: RepositoryError.self) {
            _ = try await slots.add(RepositoryKey.makeKeyFile(), label: nil, at: date)
        }
        #expect(error?.code == .slotRefused)
        #expect(try await opens(first))
    }

    @Test("Of keys that are added at the same time, none is lost")
    func racingAdds() async throws {
        let slots = try await makeRepository()
        let keys = (0..<8).map { _ in RepositoryKey.makeKeyFile() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in keys { group.addTask { _ = try await slots.add(key, label: nil, at: date) } }
            try await group.waitForAll()
        }
        for key in keys { #expect(try await opens(key)) }
        #expect(try await slots.list().count == 9)
    }

    @Test("Two who remove each other's slots do not leave none")
    func racingRemovals() async throws {
        let slots = try await makeRepository()
        let own = try await slots.list()[0].slot.id
        let second = RepositoryKey.makeKeyFile()
        let other = try await slots.add(second, label: nil, at: date).id
        let theirs = KeySlots(store: store, key: second)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await slots.remove(other, isForced: true) }
            group.addTask { _ = try? await theirs.remove(own, isForced: true) }
        }
        let left = try await Repository.root(of: store).root.slots
        #expect(left.count == 1)
        #expect(try await opens(left[0].id == own ? first : second))
    }

    @Test("Of two who replace one key, one comes too late")
    func racingRotations() async throws {
        let slots = try await makeRepository()
        let keys = [RepositoryKey.makeKeyFile(), RepositoryKey.makeKeyFile()]
        let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
            for (place, key) in keys.enumerated() {
                group.addTask { (place, (try? await slots.rotate(to: key, at: date)) != nil) }
            }
            return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        #expect(outcomes.values.count { $0 } == 1)
        for (place, won) in outcomes { #expect(try await opens(keys[place]) == won) }
        #expect(try await !opens(first))
    }

    @Test("Cut off at any request, a change is made or not, and a key opens", arguments: CutOffStore.Moment.allCases)
    func cutOff(moment: CutOffStore.Moment) async throws {
        for request in 0..<100 {
            let store = InMemoryObjectStore()
            _ = try await Repository.create(in: store, key: first, at: date)
            let cut = CutOffStore(store, at: request, moment)
            let second = RepositoryKey.makeKeyFile()
            let isDone = (try? await KeySlots(store: cut, key: first).rotate(to: second, at: date)) != nil
            let old = (try? await Repository.open(store, key: first)) != nil
            let new = (try? await Repository.open(store, key: second)) != nil
            #expect(old != new, "request \(request)")
            if isDone { #expect(new) }
            guard cut.isCut else {
                #expect(isDone)
                return
            }
        }
        Issue.record("it never came to an end")
    }

    @Test("A change whose answer was lost is recognised as made")
    func lostAnswer() async throws {
        _ = try await makeRepository()
        let lossy = LossyStore(store)
        let second = RepositoryKey.makeKeyFile()
        _ = try await KeySlots(store: lossy, key: first).add(second, label: nil, at: date)
        #expect(try await opens(second))
        #expect(try await KeySlots(store: store, key: first).list().count == 2)
    }

    @Test("A root with a label is authentic, and one whose label was changed is not")
    func labels() async throws {
        let slots = try await makeRepository()
        _ = try await slots.add(RepositoryKey.makeKeyFile(), label: "safe", at: date)
        let text = String(decoding: try await store.get(Repository.rootKey), as: UTF8.self)
        #expect(text.contains("\"label\":\"safe\""))
        let forged = Array(text.replacing("\"label\":\"safe\"", with: "\"label\":\"mine\"").utf8)
        try await store.put(forged, at: Repository.rootKey, if: .always)
        let error = await #expect(throws: RepositoryError.self) { try await slots.list() }
        #expect(error?.code == .damaged)
    }
}

/// A store that does what it is asked, and then says that it is not available.
private struct LossyStore: ObjectStore {
    let store: any ObjectStore

    init(_ store: any ObjectStore) { self.store = store }

    var location: String { store.location }

    func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
        _ = try await store.put(body, at: key, if: condition)
        throw ObjectStoreError(.unavailable, "The answer was lost.")
    }

    func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject { try await store.get(key, range: range) }

    func stat(_ key: ObjectKey) async throws -> ObjectStat? { try await store.stat(key) }

    func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
        try await store.list(prefix: prefix, body)
    }

    func delete(_ keys: [ObjectKey]) async throws { try await store.delete(keys) }
}
