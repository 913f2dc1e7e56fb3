import Synchronization

/// Objects in the memory of this process, for tests and for trying things out.
package final class InMemoryObjectStore: ObjectStore {
    private struct Entry {
        var body: [UInt8]
        var stat: ObjectStat
    }

    private struct State {
        var entries: [ObjectKey: Entry] = [:]
        var writes = 0
    }

    package let location: String
    private let now: @Sendable () -> Double
    private let state = Mutex(State())

    /// - Parameters:
    ///   - location: What messages call the store.
    ///   - now: The store's clock, in seconds since 1970.
    package init(location: String = "memory://", now: @escaping @Sendable () -> Double = InMemoryObjectStore.systemTime)
    {
        self.location = location
        self.now = now
    }

    /// The system's clock, in seconds since 1970.
    package static func systemTime() -> Double { wallClock() }

    @discardableResult
    package func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
        try Task.checkCancellation()
        let modifiedAt = now()
        return try state.withLock { state in
            let old = state.entries[key]?.stat.version
            switch condition {
            case .always: break
            case .absent where old == nil: break
            case .matches(let tag) where old == tag: break
            case .absent, .matches:
                throw ObjectStoreError.conflict(key, in: location, condition: condition)
            }
            state.writes += 1
            let version = VersionTag("\(state.writes)")
            let stat = ObjectStat(key: key, sizeInBytes: body.count, modifiedAt: modifiedAt, version: version)
            state.entries[key] = Entry(body: body, stat: stat)
            return version
        }
    }

    package func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject {
        try Task.checkCancellation()
        guard let entry = state.withLock({ $0.entries[key] }) else {
            throw ObjectStoreError.notFound(key, in: location)
        }
        let size = entry.body.count
        guard let bounds = range.resolved(inSize: size) else {
            throw ObjectStoreError.unfit(key, in: location, for: range, size: size)
        }
        let bytes = bounds.count == size ? entry.body : Array(entry.body[bounds])
        return StoredObject(bytes: bytes, totalSizeInBytes: size, version: entry.stat.version)
    }

    package func stat(_ key: ObjectKey) async throws -> ObjectStat? {
        try Task.checkCancellation()
        return state.withLock { $0.entries[key]?.stat }
    }

    package func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
        var rest = state.withLock { state in
            state.entries.values.map(\.stat).filter { $0.key.rawValue.utf8.starts(with: prefix.utf8) }
        }[...]
        rest.sort { $0.key < $1.key }
        while !rest.isEmpty {
            try Task.checkCancellation()
            let page = Array(rest.prefix(1000))
            rest.removeFirst(page.count)
            try await body(page)
        }
    }

    package func delete(_ keys: [ObjectKey]) async throws {
        try Task.checkCancellation()
        state.withLock { state in
            for key in keys { state.entries[key] = nil }
        }
    }
}
