package import ObjectStore
import Synchronization

/// A store to which the way is cut off at one request, as by a crash or a dead network: that one and all after it fail.
package final class CutOffStore: ObjectStore {
    /// Whether the request at which it happens is still done.
    package enum Moment: CaseIterable, Sendable { case before, after }

    package struct CutOff: Error {}

    private let store: any ObjectStore
    private let moment: Moment
    /// How many requests are left before it.
    private let left: Mutex<Int>

    /// - Parameter request: Which, counted from 0.
    package init(_ store: any ObjectStore, at request: Int, _ moment: Moment) {
        self.store = store
        self.moment = moment
        left = Mutex(request)
    }

    /// Whether it came to the request.
    package var isCut: Bool { left.withLock { $0 < 0 } }

    private func request<Result>(_ body: () async throws -> Result) async throws -> Result {
        let left = left.withLock { left in
            defer { left -= 1 }
            return left
        }
        if left < 0 || (left == 0 && moment == .before) { throw CutOff() }
        let result = try await body()
        if left == 0 { throw CutOff() }
        return result
    }

    package var location: String { store.location }

    package func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
        try await request { try await store.put(body, at: key, if: condition) }
    }

    package func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject {
        try await request { try await store.get(key, range: range) }
    }

    package func stat(_ key: ObjectKey) async throws -> ObjectStat? { try await request { try await store.stat(key) } }

    package func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
        try await request { try await store.list(prefix: prefix, body) }
    }

    package func delete(_ keys: [ObjectKey]) async throws { try await request { try await store.delete(keys) } }
}
