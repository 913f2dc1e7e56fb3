import ObjectStore
import Synchronization

/// A store in memory whose reads can be made to fail.
final class FaultyStore: ObjectStore {
    /// What happens to a read; `nil` lets it through.
    typealias Fault = @Sendable (ObjectKey, ByteRange) -> (any Error)?

    private let store = InMemoryObjectStore()
    private let fault = Mutex<Fault?>(nil)
    private let reads = Mutex<(key: ObjectKey?, ranges: [ByteRange])>((nil, []))
    private let counts = Mutex((gets: 0, puts: 0))

    var location: String { store.location }
    var gets: Int { counts.withLock { $0.gets } }
    var puts: Int { counts.withLock { $0.puts } }

    /// Takes down how an object is read from now on, in ``watched``.
    func watch(_ key: ObjectKey) { reads.withLock { $0 = (key, []) } }

    var watched: [ByteRange] { reads.withLock { $0.ranges } }

    func failReads(_ fault: Fault?) { self.fault.withLock { $0 = fault } }

    @discardableResult
    func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
        counts.withLock { $0.puts += 1 }
        return try await store.put(body, at: key, if: condition)
    }

    func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject {
        counts.withLock { $0.gets += 1 }
        reads.withLock { if $0.key == key { $0.ranges.append(range) } }
        if let error = fault.withLock({ $0 })?(key, range) { throw error }
        return try await store.get(key, range: range)
    }

    func stat(_ key: ObjectKey) async throws -> ObjectStat? { try await store.stat(key) }

    func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
        try await store.list(prefix: prefix, body)
    }

    func delete(_ keys: [ObjectKey]) async throws { try await store.delete(keys) }
}

extension ObjectStore {
    /// Changes an object, as a failing disk would.
    func damage(_ key: ObjectKey, _ change: (inout [UInt8]) -> Void) async throws {
        var bytes = try await get(key)
        change(&bytes)
        try await put(bytes, at: key, if: .always)
    }
}

extension ObjectStore {
    /// Reads a whole object, of whatever size tests make.
    func get(_ key: ObjectKey) async throws -> [UInt8] { try await get(key, limit: 1 << 30) }
}
