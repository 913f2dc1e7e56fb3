import Foundation
import HTTPTransport
import HTTPTypes
import ObjectStore
import Testing

@testable import S3ObjectStore

/// The S3 server that `integration/s3 env` describes.
struct S3Server: Sendable {
    static let current = S3Server(ProcessInfo.processInfo.environment)

    let environment: [String: String]
    let endpoint: String
    let authorities: String
    let bucket: String

    private init?(_ environment: [String: String]) {
        guard let endpoint = environment["KBACKUP_TEST_S3_ENDPOINT"],
            let authorities = environment["KBACKUP_TEST_S3_CA"],
            let bucket = environment["KBACKUP_TEST_S3_BUCKET"]
        else { return nil }
        self.environment = environment
        self.endpoint = endpoint
        self.authorities = authorities
        self.bucket = bucket
    }

    func store(
        _ changedEnvironment: [String: String] = [:],
        _ change: (inout S3Configuration) -> Void = { _ in },
        now: @escaping @Sendable () -> Double = S3ObjectStore.systemTime
    ) throws -> S3ObjectStore {
        var configuration = S3Configuration(bucket: bucket, prefix: "s3-tests/\(UUID().uuidString)")
        configuration.endpoint = endpoint
        configuration.certificateAuthorityFile = authorities
        change(&configuration)
        return try S3ObjectStore(configuration, environment: environment.merging(changedEnvironment) { $1 }, now: now)
    }
}

@Suite("S3 object store: a real server", .enabled(if: S3Server.current != nil))
struct S3ServerTests {
    private let key = ObjectKey("folder/key")

    @Test("Wrong credentials are refused", arguments: ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"])
    func wrongCredentials(name: String) async throws {
        let store = try #require(S3Server.current).store([name: "WRONG"])
        for operation: @Sendable () async throws -> Void in [
            { try await store.put([1], at: key, if: .absent) },
            { _ = try await store.get(key) },
            { _ = try await store.stat(key) },
            { _ = try await store.list(prefix: "") },
            { try await store.delete([key]) },
        ] {
            let error = await #expect(throws: ObjectStoreError.self) { try await operation() }
            #expect(error?.code == .accessDenied)
        }
    }

    @Test("A bucket that is not there is named")
    func missingBucket() async throws {
        let store = try #require(S3Server.current).store { $0.bucket = "no-such-bucket-here" }
        for operation: @Sendable () async throws -> Void in [
            { try await store.put([1], at: key, if: .absent) },
            { _ = try await store.get(key) },
            { _ = try await store.list(prefix: "") },
        ] {
            let error = await #expect(throws: ObjectStoreError.self) { try await operation() }
            #expect(error?.code == .locationNotFound)
            #expect(error?.message.contains("'no-such-bucket-here'") == true)
        }
    }

    @Test("A clock that is wrong is named, beside the server's", arguments: [-3600.0, 3600.0])
    func wrongClock(offset: Double) async throws {
        let store = try #require(S3Server.current).store(now: { S3ObjectStore.systemTime() + offset })
        let error = await #expect(throws: ObjectStoreError.self) { try await store.list(prefix: "") }
        #expect(error?.code == .misconfigured)
        #expect(error?.message.contains("clock") == true)
    }

    @Test("A server whose certificate is not trusted is refused, unless the user says otherwise")
    func untrustedCertificate() async throws {
        let server = try #require(S3Server.current)
        let store = try server.store { $0.certificateAuthorityFile = nil }
        let error = await #expect(throws: ObjectStoreError.self) { try await store.stat(key) }
        #expect(error?.code == .misconfigured)
        #expect(error?.message.contains("certificate") == true)
        #expect(error?.message.contains("--ca-bundle of 'kbackup location add' or KBACKUP_CA_BUNDLE.") == true)
        let trusting = try server.store {
            $0.certificateAuthorityFile = nil
            $0.verifiesServer = false
        }
        #expect(try await trusting.stat(key) == nil)
    }

    @Test("A signed URL lets anybody read one object")
    func presigned() async throws {
        let store = try #require(S3Server.current).store()
        let key = ObjectKey("folder/a key+%41")
        try await store.put([1, 2, 3], at: key, if: .absent)
        let url = try await store.presignedURL(toGet: key, for: .seconds(60))
        let client = store.client.http
        let response = try await client.collect(HTTPClientRequest(url: url), limit: 100)
        #expect(response.status == 200 && response.body == [1, 2, 3])
        let other = url.replacingOccurrences(of: "folder/a", with: "folder/b")
        #expect(try await client.collect(HTTPClientRequest(url: other), limit: 10_000).status == 403)
        try await store.delete([key])
    }

    @Test(
        "Without conditional writes, an object is kept all the same, in one piece or in parts",
        arguments: [10, 6 << 20]
    )
    func looking(size: Int) async throws {
        let store = try #require(S3Server.current).store {
            $0.knowsConditions = false
            $0.multipartThresholdInBytes = 5 << 20
            $0.partSizeInBytes = 5 << 20
        }
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let version = try await store.put(body, at: key, if: .absent)
        let error = await #expect(throws: ObjectStoreError.self) { try await store.put([1], at: key, if: .absent) }
        #expect(error?.code == .conflict)
        #expect(try await store.get(key) == body)
        try await store.put([2], at: key, if: .matches(version))
        #expect(try await store.get(key) == [2])
        try await store.delete([key])
    }

    @Test("A prefix may hold what looks like an empty segment", arguments: ["a//b", "a b/+c%", "\u{e9}/!*'()"])
    func awkwardPrefix(prefix: String) async throws {
        let store = try #require(S3Server.current).store { $0.prefix += "/" + prefix }
        try await store.put([1], at: key, if: .absent)
        #expect(try await store.get(key) == [1])
        #expect(try await store.get(key, range: .last(1)).bytes == [1])
        try await store.delete([key, ObjectKey("other")])
        #expect(try await store.stat(key) == nil)
    }

    @Test("An object encrypted with our own key cannot be read without it", arguments: [1000, 6 << 20])
    func customerKey(size: Int) async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "key")
            try Data((0..<32).map { _ in UInt8.random(in: .min ... .max) }).write(to: file)
            let server = try #require(S3Server.current)
            let store = try server.store {
                $0.serverSideEncryption = .customerKey(file: file.path)
                $0.multipartThresholdInBytes = 5 << 20
                $0.partSizeInBytes = 5 << 20
            }
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await store.put(body, at: key, if: .absent)
            #expect(try await store.get(key) == body)
            #expect(try await store.get(key, range: .bytes(10..<20)).bytes == Array(body[10..<20]))
            #expect(try await store.stat(key)?.sizeInBytes == size)
            let without = try server.store { $0.prefix = store.client.configuration.prefix }
            await #expect(throws: ObjectStoreError.self) { try await without.get(key) }
            try await store.delete([key])
        }
    }

    @Test("A storage class is kept with the object")
    func storageClass() async throws {
        let store = try #require(S3Server.current).store { $0.storageClass = "STANDARD_IA" }
        try await store.put([1], at: key, if: .absent)
        let request = S3Request(.head, store.fullKey(key.rawValue))
        let kept = try await store.client.perform(request, "a test") { $0.fields[.amzStorageClass] }
        #expect(kept == "STANDARD_IA")
        try await store.delete([key])
    }

    @Test(
        "Objects of a bucket with object lock are kept from deletion, in one piece or in parts",
        arguments: [10, 6 << 20]
    )
    func objectLock(size: Int) async throws {
        let store = try #require(S3Server.current).store {
            $0.bucket = "locked-\(UUID().uuidString.lowercased())"
            $0.retention = ObjectRetention(mode: .compliance, period: 3600)
            $0.multipartThresholdInBytes = 5 << 20
            $0.partSizeInBytes = 5 << 20
        }
        let making = S3Request(.put, nil, fields: [.named("x-amz-bucket-object-lock-enabled"): "true"])
        try await store.client.perform(making, "making a bucket") { _ in }
        try await store.checkObjectLock()
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let start = Timestamp(S3ObjectStore.systemTime())
        let version = try await store.put(body, at: key, if: .absent)
        let name = store.fullKey(key.rawValue)
        let end = try #require(try await store.retentionEnd(of: name))
        #expect(end.seconds >= start.seconds + 3600)
        let later = Timestamp(seconds: end.seconds + 60)
        try await store.retain([key], until: Double(later.seconds))
        #expect(try await store.retentionEnd(of: name) == later)
        // What is kept for longer stays so.
        try await store.retain([key], until: Double(end.seconds))
        #expect(try await store.retentionEnd(of: name) == later)
        let error = await #expect(throws: ObjectStoreError.self) {
            try await store.retain([ObjectKey("folder/none")], until: Double(later.seconds))
        }
        #expect(error?.code == .notFound)
        let head = S3Request(.head, name)
        let stored = try await store.client.perform(head, "a test") { $0.fields[.named("x-amz-version-id")] }
        let versionID: String = try #require(stored)
        let removal = S3Request(.delete, name, query: [("versionId", versionID)])
        guard case .failure(let response) = try await store.client.send(removal, "a test", { _ in }) else {
            Issue.record("the object was deleted")
            return
        }
        #expect(try await store.locked(name, response)?.code == .locked)
        try await store.put([1], at: key, if: .matches(version))
        // A deletion hides what is kept.
        try await store.delete([key])
        #expect(try await store.stat(key) == nil)
    }

    @Test("A bucket without object lock is told")
    func noObjectLock() async throws {
        let store = try #require(S3Server.current).store {
            $0.retention = ObjectRetention(mode: .governance, period: 60)
        }
        let error = await #expect(throws: ObjectStoreError.self) { try await store.checkObjectLock() }
        #expect(error?.code == .misconfigured)
        #expect(error?.message.contains("has no object lock") == true)
    }

    @Test("Bytes that arrive otherwise than they were hashed are refused by the server")
    func checksum() async throws {
        let store = try #require(S3Server.current).store()
        let payload = await S3Payload.hashing([1, 2, 3], 0..<3)
        var request = S3Request(.put, store.fullKey("damaged"), payload: payload)
        request.fields[.amzChecksumSHA256] = await S3Payload.hashing([1, 2, 4], 0..<3).checksum
        var client = store.client
        client.retryPolicy = .none
        await #expect(throws: ObjectStoreError.self) { try await client.perform(request, "a test") { _ in } }
        #expect(try await store.stat(ObjectKey("damaged")) == nil)
    }
}
