import Foundation
import ObjectStore
import Synchronization
import Testing

@testable import S3ObjectStore

/// A bucket on a server that leaves conditions out of account.
private final class CarelessBucket: Sendable {
    private struct Object {
        var body: [UInt8]
        var mark: String?
        var tag: String
    }

    private let objects = Mutex<[String: Object]>([:])
    private let keepsMetadata: Bool
    private let afterPut = Mutex<(@Sendable (CarelessBucket, _ path: String) -> Void)?>(nil)

    /// - Parameter afterPut: Called once, behind the next put.
    init(keepsMetadata: Bool = true, afterPut: (@Sendable (CarelessBucket, _ path: String) -> Void)? = nil) {
        self.keepsMetadata = keepsMetadata
        self.afterPut.withLock { $0 = afterPut }
    }

    func put(_ path: String, _ body: [UInt8], mark: String?) -> String {
        let tag = "\(body.hashValue)-\(UInt32.random(in: 0...UInt32.max))"
        objects.withLock { $0[path] = Object(body: body, mark: keepsMetadata ? mark : nil, tag: tag) }
        return tag
    }

    func body(_ path: String) -> [UInt8]? { objects.withLock { $0[path]?.body } }

    func answer(_ request: FakeServer.Request) -> FakeServer.Reply {
        switch request.method {
        case "PUT":
            let tag = put(request.path, request.body, mark: request.fields["x-amz-meta-kbackup-write"])
            let next = afterPut.withLock { $0.take() }
            next?(self, request.path)
            return .response(200, ["ETag": "\"\(tag)\""])
        case "HEAD":
            guard let object = objects.withLock({ $0[request.path] }) else { return .response(404) }
            var fields = ["ETag": "\"\(object.tag)\""]
            fields["x-amz-meta-kbackup-write"] = object.mark
            return .response(200, fields, object.body)
        default: return .response(405)
        }
    }
}

@Suite("S3 object store: servers without conditional writes")
struct S3LookingTests {
    private let key = ObjectKey("key")
    private let path = "/bucket/prefix/key"

    @Test("A second object under one name is refused, and no condition is sent", arguments: [true, false])
    func refusesSecond(keepsMetadata: Bool) async throws {
        let bucket = CarelessBucket(keepsMetadata: keepsMetadata)
        try await FakeServer.run(bucket.answer) { server in
            let store = try server.store { $0.knowsConditions = false }
            let first = try await store.put([1], at: key, if: .absent)
            let error = await #expect(throws: ObjectStoreError.self) { try await store.put([2], at: key, if: .absent) }
            #expect(error?.code == .conflict)
            #expect(bucket.body(path) == [1])
            let second = try await store.put([3], at: key, if: .matches(first))
            let late = await #expect(throws: ObjectStoreError.self) {
                try await store.put([4], at: key, if: .matches(first))
            }
            #expect(late?.code == .conflict)
            #expect(bucket.body(path) == [3])
            #expect(try await store.stat(key)?.version == second)
            try await store.put([5], at: key, if: .always)
            #expect(server.requests.allSatisfy { $0.fields["if-none-match"] == nil && $0.fields["if-match"] == nil })
            #expect(server.log.prefix(3) == ["HEAD", "PUT", "HEAD"])
            let missing = await #expect(throws: ObjectStoreError.self) {
                try await store.put([1], at: ObjectKey("other"), if: .matches(first))
            }
            #expect(missing?.code == .conflict)
        }
    }

    @Test("Who is overwritten by another learns of it", arguments: [true, false])
    func overwritten(keepsMetadata: Bool) async throws {
        let bucket = CarelessBucket(keepsMetadata: keepsMetadata) { bucket, path in
            _ = bucket.put(path, [9, 9], mark: "another")
        }
        try await FakeServer.run(bucket.answer) { server in
            let store = try server.store { $0.knowsConditions = false }
            let error = await #expect(throws: ObjectStoreError.self) { try await store.put([1], at: key, if: .absent) }
            #expect(error?.code == .conflict)
            #expect(bucket.body(path) == [9, 9])
        }
    }

    @Test("A server that refuses conditions is told from one that fails", arguments: [true, false])
    func unsupported(isConditional: Bool) async throws {
        try await FakeServer.run([.error(501, "NotImplemented")]) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put([1], at: key, if: isConditional ? .absent : .always)
            }
            #expect(error?.code == (isConditional ? .conditionsUnsupported : .refused))
            #expect(error?.message.contains("conditional-writes: false") == isConditional)
            #expect(server.log == ["PUT"])
        }
    }
}
