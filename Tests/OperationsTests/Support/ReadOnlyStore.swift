import ObjectStore

/// A store that can be read, and takes nothing.
struct ReadOnlyStore: ObjectStore {
    let store: any ObjectStore

    var location: String { store.location }

    func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
        throw ObjectStoreError(.accessDenied, "Writing '\(key)' is not allowed.")
    }

    func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject { try await store.get(key, range: range) }

    func stat(_ key: ObjectKey) async throws -> ObjectStat? { try await store.stat(key) }

    func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
        try await store.list(prefix: prefix, body)
    }

    func delete(_ keys: [ObjectKey]) async throws {
        throw ObjectStoreError(.accessDenied, "Deleting is not allowed.")
    }
}
