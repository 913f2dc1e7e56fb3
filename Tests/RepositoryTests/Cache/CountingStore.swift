import ObjectStore
import Synchronization

/// Writes down what a store is asked: `GET root`, `LIST packs/`, `PUT snapshots/c/n`.
final class CountingStore: ObjectStore {
    private let store: any ObjectStore
    private let log = Mutex<[String]>([])

    init(_ store: any ObjectStore) { self.store = store }

    var location: String { store.location }

    /// What was asked since this was asked last; of packs, only that they are.
    func takeRequests() -> [String] {
        log.withLock { log in
            defer { log = [] }
            return log
        }
    }

    private func note(_ verb: String, _ key: String) {
        let isPack = key.hasPrefix("packs/") && key != "packs/"
        log.withLock { $0.append("\(verb) \(isPack ? "pack" : key)") }
    }

    func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
        note("PUT", key.rawValue)
        return try await store.put(body, at: key, if: condition)
    }

    func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject {
        note("GET", key.rawValue)
        return try await store.get(key, range: range)
    }

    func stat(_ key: ObjectKey) async throws -> ObjectStat? {
        note("HEAD", key.rawValue)
        return try await store.stat(key)
    }

    func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
        note("LIST", prefix)
        try await store.list(prefix: prefix, body)
    }

    func list(prefix: String, after start: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
        note("LIST", "\(prefix) after \(start)")
        try await store.list(prefix: prefix, after: start, body)
    }

    func delete(_ keys: [ObjectKey]) async throws {
        note("DELETE", keys.map(\.rawValue).joined(separator: " "))
        try await store.delete(keys)
    }
}
