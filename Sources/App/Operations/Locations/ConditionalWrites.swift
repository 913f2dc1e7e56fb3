import ObjectStore

/// Whether a store keeps an object that it is asked to keep: what keeps two backups from having one name.
enum ConditionalWrites: Sendable {
    case known
    /// The store replaces the object all the same.
    case ignored
    /// The store refuses such a write.
    case refused

    /// What is to be known of a location without them.
    static let caution =
        "kbackup looks before it writes there, and again afterwards ('conditional-writes: false'). Let no two backups, and "
        + "no two restores, of one name run at the same moment."

    /// Tries it with a small object in a folder of the repository, and removes it.
    ///
    /// - Throws: `ObjectStoreError` when the store cannot be written to, or otherwise fails.
    init(of store: any ObjectStore) async throws {
        let key = ObjectKey("logs/probe-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))")
        do {
            self = try await Self.find(store, key)
        } catch {
            try? await store.delete([key])
            throw error
        }
        // One that stays does no harm; whether the store deletes is not the question here.
        try? await store.delete([key])
    }

    private static func find(_ store: any ObjectStore, _ key: ObjectKey) async throws -> ConditionalWrites {
        do {
            try await store.put(Array("first\n".utf8), at: key, if: .absent)
        } catch let error as ObjectStoreError where error.code == .conditionsUnsupported {
            return .refused
        }
        do {
            try await store.put(Array("second\n".utf8), at: key, if: .absent)
            return .ignored
        } catch let error as ObjectStoreError where error.code == .conditionsUnsupported {
            return .refused
        } catch let error as ObjectStoreError where error.code == .conflict {
            // A refusal must be one in deed, too.
            return try await store.get(key, limit: 1 << 10) == Array("first\n".utf8) ? .known : .ignored
        }
    }
}
