import Crypto
import Foundation
import HTTPTransport
import ObjectStore
import Synchronization
import Testing

@testable import S3ObjectStore

@Suite("S3 object store: faults")
struct S3FaultTests {
    private let key = ObjectKey("key")

    // MARK: - Trouble that passes

    @Test(
        "A put is repeated after trouble that passes",
        arguments: [
            FakeServer.Reply.error(503, "SlowDown"), .error(500, "InternalError"), .error(400, "RequestTimeout"),
            .error(400, "BadDigest"), .error(409, "OperationAborted"), .response(502), .reset,
        ]
    )
    func repeatedPut(trouble: FakeServer.Reply) async throws {
        try await FakeServer.run([trouble, trouble, .response(200, ["ETag": "\"v1\""])]) { server in
            let version = try await server.store().put([1, 2, 3], at: key, if: .absent)
            #expect(version == VersionTag("v1"))
            #expect(server.log == ["PUT", "PUT", "PUT"])
            #expect(server.requests.allSatisfy { $0.body == [1, 2, 3] && $0.fields["if-none-match"] == "*" })
            #expect(server.requests[0].path == "/bucket/prefix/key")
        }
    }

    @Test("A large body is sent again from its start", arguments: [1 << 20, 9 << 20])
    func repeatedLargePut(size: Int) async throws {
        try await FakeServer.run([.error(503, "SlowDown"), .response(200, ["ETag": "\"v1\""])]) { server in
            try await server.store().put([UInt8](repeating: 7, count: size), at: key, if: .always)
            #expect(server.requests.count == 2)
            // Signatures of the chunks of a body over 8 MiB differ with the time; their lengths do not.
            #expect(server.requests[0].body.count == server.requests[1].body.count)
            #expect(server.requests[1].body.count >= size)
            let isChunked = server.requests[1].fields["x-amz-content-sha256"] == SignatureV4.streamingPayload
            #expect(isChunked == (size > 8 << 20))
            #expect(server.requests[1].fields["x-amz-decoded-content-length"] == (isChunked ? String(size) : nil))
        }
    }

    @Test("Trouble that does not pass ends the tries")
    func lastingTrouble() async throws {
        try await FakeServer.run([.error(503, "SlowDown")]) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) { try await store.get(key) }
            #expect(error?.code == .unavailable)
            #expect(error?.isTransient == true)
            #expect(error?.message.contains("SlowDown") == true)
            #expect(server.requests.count == store.client.retryPolicy.maximumAttempts)
        }
    }

    @Test("A server that is not there is named")
    func unreachable() async throws {
        let url = try await FakeServer.run([]) { $0.url }
        var configuration = S3Configuration(bucket: "bucket")
        configuration.endpoint = url
        let store = try S3ObjectStore(configuration, environment: testEnvironment).withQuickRetries()
        let error = await #expect(throws: ObjectStoreError.self) { try await store.stat(key) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains(url) == true)
    }

    // MARK: - Downloads

    private static let body = Array("the whole object".utf8)
    private static let checksum = Data(SHA256.hash(data: body)).base64EncodedString()
    private static let whole = FakeServer.Reply.response(
        200,
        ["ETag": "\"v\"", "x-amz-checksum-sha256": checksum],
        body
    )

    @Test(
        "A download that is cut off or damaged is repeated",
        arguments: [
            FakeServer.Reply.truncated(200, ["ETag": "\"v\""], Array(body[..<5]), missing: 11), .reset,
            .text(200, "the whole 0bject", ["ETag": "\"v\"", "x-amz-checksum-sha256": checksum]),
        ]
    )
    func repeatedDownload(trouble: FakeServer.Reply) async throws {
        try await FakeServer.run([trouble, trouble, Self.whole]) { server in
            let result = try await server.store().get(key)
            #expect(result == Self.body)
            #expect(server.log == ["GET", "GET", "GET"])
            #expect(server.requests.allSatisfy { $0.fields["x-amz-checksum-mode"] == "ENABLED" })
        }
    }

    @Test("An object that is always damaged is not returned")
    func damaged() async throws {
        let reply = FakeServer.Reply.text(
            200,
            "other bytes",
            ["ETag": "\"v\"", "x-amz-checksum-sha256": Self.checksum]
        )
        try await FakeServer.run([reply]) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) { try await store.get(key) }
            #expect(error?.code == .corrupted)
        }
    }

    @Test("An object that is longer than it may be is refused by its head, at once", arguments: [200, 206])
    func tooLong(status: Int) async throws {
        // A server may send the whole object where it was asked for a part.
        let range = status == 200 ? ByteRange.whole(limit: 1000) : .bytes(0..<10)
        let reply = FakeServer.Reply.truncated(200, ["ETag": "\"v\""], [1, 2], missing: 1 << 40)
        try await FakeServer.run([reply]) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) { try await store.get(key, range: range) }
            #expect(error?.code == .corrupted)
            #expect(error?.message.contains("'key'") == true)
            #expect(server.log == ["GET"])
        }
    }

    @Test("An object that is always cut off is not returned")
    func cutOff() async throws {
        try await FakeServer.run([.truncated(200, ["ETag": "\"v\""], [1, 2], missing: 1)]) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) { try await store.get(key) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test("The checksum of an object in parts is computed from its parts", arguments: [true, false])
    func compositeChecksum(isRight: Bool) async throws {
        let parts = [Array(Self.body[..<6]), Array(Self.body[6..<12]), Array(Self.body[12...])]
        let composite = Data(SHA256.hash(data: parts.flatMap { Array(SHA256.hash(data: $0)) })).base64EncodedString()
        let fields = [
            "ETag": "\"v-3\"", "x-amz-checksum-sha256": isRight ? "\(composite)-3" : "\(Self.checksum)-3",
            "x-amz-meta-kbackup-part-size": "6",
        ]
        try await FakeServer.run([.response(200, fields, Self.body)]) { server in
            let store = try server.store()
            if isRight {
                #expect(try await store.get(key) == Self.body)
            } else {
                let error = await #expect(throws: ObjectStoreError.self) { try await store.get(key) }
                #expect(error?.code == .corrupted)
            }
        }
    }

    @Test("A server that leaves the range out of account is no trouble")
    func ignoredRange() async throws {
        try await FakeServer.run([Self.whole]) { server in
            let object = try await server.store().get(key, range: .bytes(4..<9))
            #expect(object.bytes == Array("whole".utf8))
            #expect(object.totalSizeInBytes == Self.body.count)
            #expect(server.requests[0].fields["range"] == "bytes=4-8")
        }
    }

    @Test(
        "Other bytes than those asked for are not returned",
        arguments: ["bytes 0-4/16", "bytes 4-9/16", "bytes 4-8/4"]
    )
    func wrongRange(contentRange: String) async throws {
        let reply = FakeServer.Reply.text(206, "whole", ["ETag": "\"v\"", "Content-Range": contentRange])
        try await FakeServer.run([reply]) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) { try await store.get(key, range: .bytes(4..<9)) }
            #expect(error.map { [.corrupted, .refused].contains($0.code) } == true)
        }
    }

    // MARK: - Conditions

    /// Holds one object, as a server does, and loses some of its answers.
    private final class LossyServer: Sendable {
        private let mark = Mutex<String?>(nil)
        private let isLossy: Bool
        let otherMark: String?

        /// - Parameter otherMark: The mark of somebody else who writes first.
        init(isLossy: Bool = true, otherMark: String? = nil) {
            self.isLossy = isLossy
            self.otherMark = otherMark
        }

        func answer(_ request: FakeServer.Request) -> FakeServer.Reply {
            mark.withLock { mark in
                switch request.method {
                case "PUT" where mark == nil:
                    mark = otherMark ?? request.fields["x-amz-meta-kbackup-write"]
                    return isLossy ? .reset : .error(412, "PreconditionFailed")
                case "PUT":
                    return .error(412, "PreconditionFailed")
                default:
                    let fields = ["ETag": "\"v7\"", "x-amz-meta-kbackup-write": mark ?? ""]
                    return .response(200, fields.merging(["Content-Length": "3"]) { $1 })
                }
            }
        }
    }

    @Test(
        "A conditional put whose answer was lost is told from somebody else's",
        arguments: [PutCondition.absent, .matches(VersionTag("v6"))]
    )
    func lostAnswer(condition: PutCondition) async throws {
        let own = LossyServer()
        try await FakeServer.run({ own.answer($0) }) { server in
            let result = try await server.store().put([1, 2, 3], at: key, if: condition)
            #expect(result == VersionTag("v7"))
            #expect(server.log == ["PUT", "PUT", "HEAD"])
        }
        let other = LossyServer(otherMark: "somebody-else")
        try await FakeServer.run({ other.answer($0) }) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put([1, 2, 3], at: key, if: condition)
            }
            #expect(error?.code == .conflict)
        }
    }

    @Test("A put that loses at once is a conflict")
    func conflict() async throws {
        let other = LossyServer(isLossy: false, otherMark: "somebody-else")
        try await FakeServer.run({ other.answer($0) }) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) { try await store.put([1], at: key, if: .absent) }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains("'key'") == true)
        }
    }

    @Test("A conflict with a put at the same time is tried again")
    func conditionalRequestConflict() async throws {
        let conflict = FakeServer.Reply.error(409, "ConditionalRequestConflict")
        try await FakeServer.run([conflict, .response(200, ["ETag": "\"v1\""])]) { server in
            let result = try await server.store().put([1], at: key, if: .absent)
            #expect(result == VersionTag("v1"))
        }
        try await FakeServer.run({ $0.method == "HEAD" ? .response(404) : conflict }) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) { try await store.put([1], at: key, if: .absent) }
            #expect(error?.code == .conflict)
        }
    }

    @Test("Compare-and-swap of an object that is gone is a conflict")
    func swapOfMissing() async throws {
        let reply: @Sendable (FakeServer.Request) -> FakeServer.Reply = {
            $0.method == "HEAD" ? .response(404) : .error(404, "NoSuchKey")
        }
        try await FakeServer.run(reply) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put([1], at: key, if: .matches(VersionTag("v1")))
            }
            #expect(error?.code == .conflict)
        }
    }
}
