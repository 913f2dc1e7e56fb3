import ObjectStore
import Synchronization
import Testing

@testable import S3ObjectStore

@Suite("Credentials that expire")
struct CredentialsCacheTests {
    /// Gives out keys that are good for an hour, numbered, or fails.
    private final class Source: CredentialsProvider {
        let count = Atomic(0)
        let fails = Atomic(false)
        let time = Mutex(1000.0)
        /// When all of them end; `nil` for an hour after each was found.
        let end = Mutex<Double?>(nil)

        var now: @Sendable () -> Double { { self.time.withLock { $0 } } }

        func find() async throws -> CredentialsSearchResult {
            let number = count.add(1, ordering: .relaxed).newValue
            // Others get to ask while this one is under way.
            for _ in 0..<20 { await Task.yield() }
            if fails.load(ordering: .relaxed) { throw ObjectStoreError(.accessDenied, "No more.") }
            return .found(
                AWSCredentials(
                    accessKeyID: "KEY\(number)",
                    secretAccessKey: "s",
                    expiresAt: end.withLock { $0 } ?? time.withLock { $0 } + 3600,
                    source: "a test"
                )
            )
        }
    }

    @Test("Many who ask at once cause one search")
    func singleFlight() async throws {
        let source = Source()
        let cache = CredentialsCache([source], now: source.now)
        let keys = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await cache.current().accessKeyID } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(keys == ["KEY1"])
        #expect(source.count.load(ordering: .relaxed) == 1)
    }

    @Test("New ones are fetched some minutes before the end")
    func refresh() async throws {
        let source = Source()
        let cache = CredentialsCache([source], now: source.now)
        #expect(try await cache.current().accessKeyID == "KEY1")
        source.time.withLock { $0 += 2900 }
        #expect(try await cache.current().accessKeyID == "KEY1")
        source.time.withLock { $0 += 200 }
        #expect(try await cache.current().accessKeyID == "KEY2")
    }

    @Test("A place that has only those at hand is not asked again with every request")
    func refreshFindsTheSame() async throws {
        let source = Source()
        source.end.withLock { $0 = 4600 }
        let cache = CredentialsCache([source], now: source.now)
        _ = try await cache.current()
        source.time.withLock { $0 = 4100 }
        for _ in 0..<5 { _ = try await cache.current() }
        #expect(source.count.load(ordering: .relaxed) == 2)
        source.time.withLock { $0 += 61 }
        _ = try await cache.current()
        #expect(source.count.load(ordering: .relaxed) == 3)
    }

    @Test("Old ones do until their end, should there be no new ones")
    func refreshFails() async throws {
        let source = Source()
        let cache = CredentialsCache([source], now: source.now)
        _ = try await cache.current()
        source.fails.store(true, ordering: .relaxed)
        source.time.withLock { $0 += 3100 }
        #expect(try await cache.current().accessKeyID == "KEY1")
        #expect(try await cache.current().accessKeyID == "KEY1")
        #expect(source.count.load(ordering: .relaxed) == 2)
        source.time.withLock { $0 += 460 }
        await #expect(throws: ObjectStoreError.self) { try await cache.current() }
        source.fails.store(false, ordering: .relaxed)
        #expect(try await cache.current().accessKeyID == "KEY4")
    }

    @Test("A key that the server no longer accepts is replaced once")
    func rejected() async throws {
        let answer: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            request.fields["authorization"]?.contains("Credential=KEY2/") == true
                ? .response(200, ["ETag": "\"v\""], [7]) : .error(400, "ExpiredToken")
        }
        try await FakeServer.run(answer) { server in
            let source = Source()
            let cache = CredentialsCache([source], now: source.now)
            let store = try server.store().with(cache)
            #expect(try await store.get(ObjectKey("key")) == [7])
            #expect(server.requests.count == 2)
        }
        try await FakeServer.run([.error(400, "ExpiredToken")]) { server in
            let source = Source()
            let store = try server.store().with(CredentialsCache([source], now: source.now))
            let error = await #expect(throws: ObjectStoreError.self) { try await store.get(ObjectKey("key")) }
            #expect(error?.code == .accessDenied)
            #expect(server.requests.count == 2)
        }
    }
}

extension S3ObjectStore {
    fileprivate func with(_ credentials: CredentialsCache) -> S3ObjectStore {
        S3ObjectStore(
            client: S3Client(
                configuration: client.configuration,
                region: client.region,
                http: client.http,
                credentials: credentials,
                encryption: client.encryption,
                retryPolicy: client.retryPolicy,
                now: client.now
            )
        )
    }
}
