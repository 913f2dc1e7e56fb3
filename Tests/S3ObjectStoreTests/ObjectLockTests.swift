import Foundation
import ObjectStore
import Synchronization
import Testing

@testable import S3ObjectStore

@Suite("S3 object store: object lock")
struct ObjectLockTests {
    private let key = ObjectKey("a")
    // 2013-05-24T00:00:00Z
    private let now = 1_369_353_600.0

    private func store(_ server: FakeServer, threshold: Int = 1 << 20) throws -> S3ObjectStore {
        let now = now
        return try server.store(
            testEnvironment,
            {
                $0.retention = ObjectRetention(mode: .governance, period: 86_400)
                $0.multipartThresholdInBytes = threshold
            },
            now: { now }
        )
    }

    @Test("What is written is locked from its start, in one piece or in parts")
    func fields() async throws {
        try await FakeServer.run({ request in
            if request.query == "uploads=" {
                return .text(200, "<R><UploadId>u</UploadId></R>")
            }
            if request.method == "POST" { return .text(200, "<R><ETag>\"e\"</ETag></R>") }
            return .response(200, ["ETag": "\"e\""])
        }) { server in
            try await store(server).put([1], at: key, if: .absent)
            try await store(server, threshold: 0).put([1], at: key, if: .absent)
            let making = server.requests.filter { $0.method == "PUT" && $0.query.isEmpty || $0.query == "uploads=" }
            #expect(making.count == 2)
            for request in making {
                #expect(request.fields["x-amz-object-lock-mode"] == "GOVERNANCE")
                #expect(request.fields["x-amz-object-lock-retain-until-date"] == "2013-05-25T00:00:00Z")
            }
            #expect(making[0].fields["x-amz-checksum-sha256"] != nil)
            // Not a part, and not the end of the upload.
            #expect(server.requests.count { $0.fields["x-amz-object-lock-mode"] != nil } == 2)
        }
    }

    @Test("Retentions are extended, and never shortened")
    func retain() async throws {
        let kept = Mutex("2013-06-01T00:00:00Z")
        try await FakeServer.run({ request in
            guard request.method == "PUT" else {
                return .text(200, "<Retention><RetainUntilDate>\(kept.withLock { $0 })</RetainUntilDate></Retention>")
            }
            return request.path.hasSuffix("b") ? .error(403, "AccessDenied") : .response(200)
        }) { server in
            let store = try store(server)
            try await store.retain([key], until: now + 86_400)
            let request = try #require(server.requests.first)
            #expect(request.query == "retention=")
            #expect(request.fields["content-md5"] != nil)
            #expect(
                String(decoding: request.body, as: UTF8.self).contains(
                    "<Mode>GOVERNANCE</Mode><RetainUntilDate>2013-05-25T00:00:00Z</RetainUntilDate>"
                )
            )
            // A server refuses to shorten: then it is kept for long enough.
            try await store.retain([ObjectKey("b")], until: now + 86_400)
            kept.withLock { $0 = "2013-05-24T12:00:00.000Z" }
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.retain([ObjectKey("b")], until: now + 86_400)
            }
            #expect(error?.code == .accessDenied)
        }
    }

    @Test("A deletion that is refused because of the lock says until when", arguments: [1, 2])
    func delete(count: Int) async throws {
        let kept = Mutex("2013-06-01T00:00:00Z")
        try await FakeServer.run({ request in
            switch request.method {
            case "GET": .text(200, "<Retention><RetainUntilDate>\(kept.withLock { $0 })</RetainUntilDate></Retention>")
            case "DELETE": .error(403, "AccessDenied")
            default:
                .text(
                    200,
                    "<DeleteResult><Error><Key>prefix/a</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>"
                )
            }
        }) { server in
            let store = try store(server)
            let keys = [key, ObjectKey("b")].prefix(count)
            let error = await #expect(throws: ObjectStoreError.self) { try await store.delete(Array(keys)) }
            #expect(error?.code == .locked)
            #expect(error?.message.contains("until 2013-06-01 00:00:00 UTC") == true)
            kept.withLock { $0 = "2013-05-01T00:00:00Z" }
            let other = await #expect(throws: ObjectStoreError.self) { try await store.delete(Array(keys)) }
            #expect(other?.code == .accessDenied)
        }
    }

    @Test(
        "What a bucket says of object lock",
        arguments: [
            (200, "Enabled", nil), (200, "Disabled", .misconfigured),
            (404, "ObjectLockConfigurationNotFoundError", .misconfigured), (501, "NotImplemented", .misconfigured),
            (405, "MethodNotAllowed", .misconfigured), (403, "AccessDenied", .accessDenied),
            (404, "NoSuchBucket", .locationNotFound),
        ] as [(Int, String, ObjectStoreError.Code?)]
    )
    func check(status: Int, says: String, expected: ObjectStoreError.Code?) async throws {
        let reply: FakeServer.Reply =
            status == 200
            ? .text(200, "<C><ObjectLockEnabled>\(says)</ObjectLockEnabled></C>") : .error(status, says)
        try await FakeServer.run([reply]) { server in
            let store = try store(server)
            do {
                try await store.checkObjectLock()
                #expect(expected == nil)
            } catch let error as ObjectStoreError { #expect(error.code == expected) }
            #expect(server.log.first == "GET object-lock=")
        }
    }

    @Test("A store that is not set to keep objects does not, and says so")
    func unset() async throws {
        try await FakeServer.run([.response(200, ["ETag": "\"e\""])]) { server in
            let store = try server.store()
            try await store.put([1], at: key, if: .absent)
            #expect(server.requests.allSatisfy { $0.fields["x-amz-object-lock-mode"] == nil })
            let error = await #expect(throws: ObjectStoreError.self) { try await store.retain([key], until: now) }
            #expect(error?.code == .refused)
            #expect(server.requests.count == 1)
        }
    }

    @Test("An object is kept for the period from when it was written")
    func period() {
        let retention = ObjectRetention(mode: .compliance, period: 100)
        let stat = ObjectStat(key: key, sizeInBytes: 1, modifiedAt: 50, version: VersionTag("v"))
        #expect(retention.keeps(stat, at: 149))
        #expect(!retention.keeps(stat, at: 150))
    }
}
