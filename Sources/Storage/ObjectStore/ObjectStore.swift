/// Objects under keys: an S3 bucket with a prefix, a directory, or memory.
///
/// Every object but the repository's root is written once and never changed. That is what lets several clients share a
/// repository without a lock. A reader sees a whole object or none, never a part of one.
///
/// Every conforming type passes `ObjectStoreConformanceTests`; add yours to `ObjectStoreFixture.all` and it is tested
/// like the others. Calls may run concurrently, and stop early with `CancellationError` when their task is cancelled.
package protocol ObjectStore: Sendable {
    /// Where the store is, for messages, without credentials: `s3://bucket/prefix` or `file:///path`.
    var location: String { get }

    /// Stores `body` under `key` as one atomic write that survives a power failure once this returns.
    ///
    /// - Parameters:
    ///   - body: The object's bytes. May be empty.
    ///   - key: The name to store them under.
    ///   - condition: What must be true of the object already under `key`, checked by the store in the same step.
    /// - Returns: The version tag of what was written.
    /// - Throws: ``ObjectStoreError`` with code ``ObjectStoreError/Code/conflict`` when `condition` is not met.
    @discardableResult
    func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag

    /// Reads `range` of the object at `key`.
    ///
    /// - Parameters:
    ///   - key: The object to read.
    ///   - range: What part of it, in bytes from its start or its end.
    /// - Returns: Exactly the bytes asked for, never fewer, with the object's total size and version.
    /// - Throws: ``ObjectStoreError`` with code ``ObjectStoreError/Code/notFound`` when there is no such object, and
    ///   ``ObjectStoreError/Code/corrupted`` when the range lies beyond its end, the object is longer than the limit, or
    ///   the bytes fail the store's checksum. Nothing beyond the range or the limit is held in memory.
    func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject

    /// The size and age of the object at `key`, or `nil` when there is none.
    func stat(_ key: ObjectKey) async throws -> ObjectStat?

    /// Lists the objects whose keys start with `prefix`, in the order of their keys' UTF-8 bytes, page by page.
    ///
    /// - Parameters:
    ///   - prefix: The start of the keys, in whole or part of a segment: `snapshots/`, `packs/0`. Empty lists everything.
    ///   - body: Called with each page (at most 1,000 objects), one after the other; what it throws ends the listing.
    func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws

    /// The same, beginning behind a key or part of one.
    ///
    /// - Parameter start: Only keys whose bytes come after these are listed; the store skips the others. No key may go on
    ///   with a `/` behind it: servers that keep objects in folders would skip that one, too.
    func list(prefix: String, after start: String, _ body: ([ObjectStat]) async throws -> Void) async throws

    /// Deletes objects. A key that does not exist is not an error.
    ///
    /// - Throws: ``ObjectStoreError`` with code ``ObjectStoreError/Code/locked`` when one is kept from deletion and the
    ///   store refuses. Others only hide it: see ``retention``.
    func delete(_ keys: [ObjectKey]) async throws

    /// For how long the store keeps every object that is written from deletion; `nil` when it does not.
    var retention: ObjectRetention? { get }

    /// Keeps objects from deletion at least until `end`, in seconds since 1970.
    ///
    /// One that is kept for longer stays so. A few are asked for at once.
    ///
    /// - Throws: ``ObjectStoreError`` with code ``ObjectStoreError/Code/notFound`` when one does not exist, and with
    ///   ``ObjectStoreError/Code/refused`` when the store has no ``retention``.
    func retain(_ keys: [ObjectKey], until end: Double) async throws
}

extension ObjectStore {
    package var retention: ObjectRetention? { nil }

    package func retain(_ keys: [ObjectKey], until end: Double) async throws {
        throw ObjectStoreError(.refused, "'\(location)' cannot keep objects from deletion.")
    }
}

/// What must be true for a ``ObjectStore/put(_:at:if:)`` to write.
package enum PutCondition: Sendable, Hashable {
    /// There is no object under the key (`If-None-Match: *`).
    case absent
    /// The object under the key is the one with this tag (`If-Match`): compare and swap.
    case matches(VersionTag)
    /// Nothing: what is there is replaced.
    case always
}

/// What a store calls one version of an object: an ETag, or its like.
package struct VersionTag: Hashable, Sendable {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
}

/// Part of an object, in bytes.
package enum ByteRange: Sendable, Hashable {
    /// All of an object that has at most so many bytes; a longer one is not read.
    case whole(limit: Int)
    case bytes(Range<Int>)
    /// The last so many bytes, or all of a shorter object.
    case last(Int)
}

/// Bytes read from a store.
package struct StoredObject: Sendable {
    package let bytes: [UInt8]
    /// The size of the whole object in bytes, whatever part was read.
    package let totalSizeInBytes: Int
    package let version: VersionTag

    package init(bytes: [UInt8], totalSizeInBytes: Int, version: VersionTag) {
        self.bytes = bytes
        self.totalSizeInBytes = totalSizeInBytes
        self.version = version
    }
}

/// What a listing tells about an object.
package struct ObjectStat: Sendable, Hashable {
    package let key: ObjectKey
    package let sizeInBytes: Int
    /// When the store says it was written, in seconds since 1970 by the store's clock.
    package let modifiedAt: Double
    package let version: VersionTag

    package init(key: ObjectKey, sizeInBytes: Int, modifiedAt: Double, version: VersionTag) {
        self.key = key
        self.sizeInBytes = sizeInBytes
        self.modifiedAt = modifiedAt
        self.version = version
    }
}

extension ObjectStore {
    /// Lists everything under `prefix`, and leaves out what does not come after `start`: for stores that cannot skip.
    package func list(
        prefix: String,
        after start: String,
        _ body: ([ObjectStat]) async throws -> Void
    ) async throws {
        try await list(prefix: prefix) { objects in
            let later = objects.filter { $0.key.comes(after: start) }
            if !later.isEmpty { try await body(later) }
        }
    }

    /// Lists everything under `prefix` at once: for prefixes that are known to be small.
    package func list(prefix: String) async throws -> [ObjectStat] {
        var objects: [ObjectStat] = []
        try await list(prefix: prefix) { objects.append(contentsOf: $0) }
        return objects
    }

    /// Reads the whole object at `key`, which has at most `limit` bytes.
    ///
    /// - Throws: ``ObjectStoreError`` with code ``ObjectStoreError/Code/corrupted`` when it has more; it is not read then.
    package func get(_ key: ObjectKey, limit: Int) async throws -> [UInt8] {
        try await get(key, range: .whole(limit: limit)).bytes
    }
}
