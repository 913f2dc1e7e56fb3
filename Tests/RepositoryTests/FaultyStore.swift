import ObjectStore
import Synchronization

/// What is asked of a store.
enum StoreRequest: Sendable {
    case put(ObjectKey)
    case get(ObjectKey)
    case stat(ObjectKey)
    case list(String)
    case delete([ObjectKey])

    var isWrite: Bool {
        switch self {
        case .put, .delete: true
        case .get, .stat, .list: false
        }
    }
}

/// A store in memory whose requests can be made to fail, or to wait for something else to happen, and whose clock is set
/// by hand.
final class FaultyStore: ObjectStore {
    /// What happens to a read; `nil` lets it through.
    typealias Fault = @Sendable (ObjectKey, ByteRange) -> (any Error)?
    /// Changes what a read brings, but not what is stored.
    typealias Distortion = @Sendable (ObjectKey, inout [UInt8]) -> Void
    /// Comes before each request.
    typealias Hook = @Sendable (StoreRequest) async throws -> Void

    private final class Clock: Sendable {
        let time = Mutex(1_000_000.0)
    }

    private let clock: Clock
    private let store: InMemoryObjectStore
    private let fault = Mutex<Fault?>(nil)
    private let distortion = Mutex<Distortion?>(nil)
    private let hook = Mutex<Hook?>(nil)
    private let reads = Mutex<(key: ObjectKey?, ranges: [ByteRange])>((nil, []))
    private let counts = Mutex((gets: 0, puts: 0))
    private let requestLog = Mutex<[StoreRequest]>([])

    init() {
        let clock = Clock()
        self.clock = clock
        store = InMemoryObjectStore { clock.time.withLock { $0 } }
    }

    var location: String { store.location }
    var gets: Int { counts.withLock { $0.gets } }
    var puts: Int { counts.withLock { $0.puts } }
    /// Every request so far.
    var requests: [StoreRequest] { requestLog.withLock { $0 } }

    /// Lets time pass by the store's clock.
    func advance(by duration: Duration) { clock.time.withLock { $0 += duration / .seconds(1) } }

    /// Takes down how an object is read from now on, in ``watched``.
    func watch(_ key: ObjectKey) { reads.withLock { $0 = (key, []) } }

    var watched: [ByteRange] { reads.withLock { $0.ranges } }

    func failReads(_ fault: Fault?) { self.fault.withLock { $0 = fault } }

    func distortReads(_ distortion: Distortion?) { self.distortion.withLock { $0 = distortion } }

    func onRequest(_ hook: Hook?) { self.hook.withLock { $0 = hook } }

    private func begin(_ request: StoreRequest) async throws {
        requestLog.withLock { $0.append(request) }
        try await hook.withLock { $0 }?(request)
    }

    @discardableResult
    func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
        try await begin(.put(key))
        counts.withLock { $0.puts += 1 }
        return try await store.put(body, at: key, if: condition)
    }

    func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject {
        try await begin(.get(key))
        counts.withLock { $0.gets += 1 }
        reads.withLock { if $0.key == key { $0.ranges.append(range) } }
        if let error = fault.withLock({ $0 })?(key, range) { throw error }
        let object = try await store.get(key, range: range)
        guard let distort = distortion.withLock({ $0 }) else { return object }
        var bytes = object.bytes
        distort(key, &bytes)
        return StoredObject(bytes: bytes, totalSizeInBytes: object.totalSizeInBytes, version: object.version)
    }

    func stat(_ key: ObjectKey) async throws -> ObjectStat? {
        try await begin(.stat(key))
        return try await store.stat(key)
    }

    func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
        try await begin(.list(prefix))
        try await store.list(prefix: prefix, body)
    }

    func delete(_ keys: [ObjectKey]) async throws {
        try await begin(.delete(keys))
        try await store.delete(keys)
    }
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
