import Foundation
import HTTPTypes
import ObjectStore
import Testing

@testable import S3ObjectStore

@Suite("S3 object store: errors")
struct S3ErrorTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let status: Int
        let code: String
        var more = ""
        let expected: ObjectStoreError.Code
        let mentions: String

        var testDescription: String { "\(status) \(code)" }
    }

    static let refusals = [
        Refusal(status: 404, code: "NoSuchBucket", expected: .locationNotFound, mentions: "'bucket'"),
        Refusal(status: 403, code: "InvalidAccessKeyId", expected: .accessDenied, mentions: "the environment"),
        Refusal(status: 403, code: "SignatureDoesNotMatch", expected: .accessDenied, mentions: "secret"),
        Refusal(status: 400, code: "ExpiredToken", expected: .accessDenied, mentions: "session"),
        Refusal(status: 403, code: "AccessDenied", expected: .accessDenied, mentions: "rights"),
        Refusal(
            status: 403,
            code: "RequestTimeTooSkewed",
            more: "<ServerTime>2026-01-02T03:04:05Z</ServerTime>",
            expected: .misconfigured,
            mentions: "2013-05-24 00:00:00 UTC, that of the S3 server"
        ),
        Refusal(
            status: 403,
            code: "RequestTimeTooSkewed",
            more: "<ServerTime>2026-01-02T03:04:05Z</ServerTime>",
            expected: .misconfigured,
            mentions: "2026-01-02 03:04:05 UTC"
        ),
        Refusal(
            status: 400,
            code: "AuthorizationHeaderMalformed",
            more: "<Region>eu-central-1</Region>",
            expected: .misconfigured,
            mentions: "Set the region to 'eu-central-1'"
        ),
        Refusal(status: 301, code: "PermanentRedirect", expected: .misconfigured, mentions: "region"),
        Refusal(status: 503, code: "SlowDown", expected: .unavailable, mentions: "SlowDown"),
        Refusal(status: 507, code: "InsufficientStorage", expected: .full, mentions: "room"),
        Refusal(status: 403, code: "QuotaExceeded", expected: .full, mentions: "room"),
        Refusal(status: 400, code: "InvalidStorageClass", expected: .refused, mentions: "Said by a test."),
    ]

    @Test("A refusal becomes a sentence that helps", arguments: refusals)
    func refusal(_ refusal: Refusal) async throws {
        try await FakeServer.run([.error(refusal.status, refusal.code, refusal.more)]) { server in
            let store = try server.store(now: { 1_369_353_600 })
            for operation: @Sendable () async throws -> Void in [
                { _ = try await store.get(ObjectKey("key")) },
                { try await store.put([1], at: ObjectKey("key"), if: .always) },
                { try await store.list(prefix: "") { _ in } },
                { try await store.delete([ObjectKey("a"), ObjectKey("b")]) },
            ] {
                let error = await #expect(throws: ObjectStoreError.self) { try await operation() }
                #expect(error?.code == refusal.expected)
                #expect(error?.message.contains(refusal.mentions) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("test-secret") == false)
                #expect(error?.message.first?.isUppercase == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test("A region that was only guessed is corrected by the server's answer")
    func guessedRegion() async throws {
        let answer: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            request.fields["authorization"]?.contains("/eu-central-1/s3/") == true
                ? .response(200, ["ETag": "\"v\""], [7])
                : .error(400, "AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>")
        }
        try await FakeServer.run(answer) { server in
            let store = try server.store { $0.region = nil }
            #expect(try await store.get(ObjectKey("key")) == [7])
            #expect(try await store.get(ObjectKey("key")) == [7])
            #expect(server.requests.count == 3)
        }
    }

    @Test("An answer to HEAD has no body; its fields say the region")
    func headRegion() async throws {
        try await FakeServer.run([.response(301, ["x-amz-bucket-region": "eu-west-3"])]) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) { try await store.stat(ObjectKey("key")) }
            #expect(error?.code == .misconfigured)
            #expect(error?.message.contains("'eu-west-3'") == true)
        }
    }

    @Test(
        "A refusal of HEAD is explained by that of GET, for it has no reason of its own",
        arguments: refusals.filter { $0.status == 403 }
    )
    func headReason(_ refusal: Refusal) async throws {
        let answer: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            request.method == "HEAD" ? .response(403) : .error(refusal.status, refusal.code, refusal.more)
        }
        try await FakeServer.run(answer) { server in
            let store = try server.store(now: { 1_369_353_600 })
            let error = await #expect(throws: ObjectStoreError.self) { try await store.stat(ObjectKey("key")) }
            #expect(error?.code == refusal.expected)
            #expect(error?.message.contains(refusal.mentions) == true, "\(error?.message ?? "")")
            #expect(server.log == ["HEAD", "GET"])
        }
    }

    @Test("A refusal of HEAD alone stays one")
    func headOnly() async throws {
        try await FakeServer.run({ $0.method == "HEAD" ? .response(403) : .response(200, ["ETag": "\"v\""], [7]) }) {
            let store = try $0.store()
            let error = await #expect(throws: ObjectStoreError.self) { try await store.stat(ObjectKey("key")) }
            #expect(error?.code == .accessDenied)
        }
    }

    @Test("A server that is no S3 server is told", arguments: ["<html><br></html>", "hello", "", "<a/><b/>"])
    func notS3(body: String) async throws {
        try await FakeServer.run([.text(200, body)]) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) { try await store.list(prefix: "") }
            #expect(error.map { [.refused, .unavailable].contains($0.code) } == true)
            #expect(error?.message.contains("S3 server") == true)
        }
    }

    // MARK: - Lists

    @Test("A list is read page by page, with keys decoded")
    func list() async throws {
        let answer: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            let isSecond = request.query.contains("continuation-token=t%2F1")
            let keys = isSecond ? ["prefix/b%2Fc"] : ["prefix/", "prefix/a+b%2B", "prefix/a//b"]
            let contents = keys.map {
                "<Contents><Key>\($0)</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
                    + "<ETag>&quot;e&quot;</ETag><Size>12</Size></Contents>"
            }
            return .text(
                200,
                "<ListBucketResult xmlns=\"x\"><EncodingType>url</EncodingType>\(contents.joined())<IsTruncated>\(!isSecond)"
                    + "</IsTruncated>\(isSecond ? "" : "<NextContinuationToken>t/1</NextContinuationToken>")"
                    + "</ListBucketResult>"
            )
        }
        try await FakeServer.run(answer) { server in
            let objects = try await server.store().list(prefix: "")
            #expect(objects.map(\.key.rawValue) == ["a b+", "b/c"])
            #expect(objects.first?.version == VersionTag("e"))
            #expect(objects.first?.sizeInBytes == 12)
            #expect(objects.first?.modifiedAt == 1_767_323_045)
            #expect(
                server.log == [
                    "GET list-type=2&prefix=prefix%2F&max-keys=1000&encoding-type=url",
                    "GET list-type=2&prefix=prefix%2F&max-keys=1000&encoding-type=url&continuation-token=t%2F1",
                ]
            )
        }
    }

    @Test(
        "A list that never ends, or ends before its end, is an error",
        arguments: ["<NextContinuationToken>same</NextContinuationToken>", ""]
    )
    func endlessList(token: String) async throws {
        let page = "<ListBucketResult><IsTruncated>true</IsTruncated>\(token)</ListBucketResult>"
        try await FakeServer.run([.text(200, page)]) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) { try await store.list(prefix: "") }
            #expect(error?.code == .refused)
            #expect(server.requests.count <= 2)
        }
    }

    // MARK: - Deleting

    @Test("Keys that could not be deleted are reported")
    func refusedDelete() async throws {
        let answer =
            "<DeleteResult><Error><Key>prefix/b</Key><Code>AccessDenied</Code><Message>No.</Message></Error>"
            + "<Error><Key>prefix/c</Key><Code>NoSuchKey</Code></Error></DeleteResult>"
        try await FakeServer.run([.text(200, answer)]) { server in
            let store = try server.store()
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.delete(["a", "b", "c"].map { ObjectKey($0) })
            }
            #expect(error?.code == .accessDenied)
            #expect(error?.message.contains("'prefix/b'") == true)
            let request = try #require(server.requests.first)
            #expect(request.query == "delete=")
            #expect(request.fields["content-md5"] != nil)
            let keys = try XMLElement(parsing: request.body).all("Object").map { $0["Key"] }
            #expect(keys == ["prefix/a", "prefix/b", "prefix/c"])
        }
    }

    @Test("Only what failed for the moment is deleted again")
    func repeatedDelete() async throws {
        let first = "<DeleteResult><Error><Key>prefix/b&amp;</Key><Code>SlowDown</Code></Error></DeleteResult>"
        try await FakeServer.run([.text(200, first), .text(200, "<DeleteResult/>")]) { server in
            try await server.store().delete(["a", "b&"].map { ObjectKey($0) })
            let keys = try XMLElement(parsing: server.requests[1].body).all("Object").map { $0["Key"] }
            #expect(keys == ["prefix/b&"])
        }
    }

    @Test("Only an answer that is one to a deletion says that there was no error")
    func oddDeleteAnswer() async throws {
        try await FakeServer.run({ _ in .text(200, "<html><body>Welcome</body></html>") }) { server in
            let error = await #expect(throws: ObjectStoreError.self) {
                try await server.store().delete(["a", "b"].map { ObjectKey($0) })
            }
            #expect(error?.code == .refused)
        }
    }

    @Test("A key that XML cannot hold is deleted by itself")
    func controlCharacters() async throws {
        try await FakeServer.run({ $0.method == "POST" ? .text(200, "<DeleteResult/>") : .response(204) }) { server in
            try await server.store().delete(["a\u{1}", "b", "c"].map { ObjectKey($0) })
            #expect(server.log == ["DELETE", "POST delete="])
            #expect(server.requests[0].path == "/bucket/prefix/a%01")
        }
    }

    // MARK: - Settings

    @Test("Storage class and server-side encryption are asked for when an object is made")
    func encryption() async throws {
        try await FakeServer.run([.response(200, ["ETag": "\"v\""])]) { server in
            try await server.store {
                $0.storageClass = "STANDARD_IA"
                $0.serverSideEncryption = .keyManagementService(keyID: "key-1")
            }.put([1], at: ObjectKey("a"), if: .always)
            try await server.store { $0.serverSideEncryption = .serverKey }.put([1], at: ObjectKey("a"), if: .always)
            let (first, second) = (server.requests[0].fields, server.requests[1].fields)
            #expect(first["x-amz-storage-class"] == "STANDARD_IA")
            #expect(first["x-amz-server-side-encryption"] == "aws:kms")
            #expect(first["x-amz-server-side-encryption-aws-kms-key-id"] == "key-1")
            #expect(second["x-amz-server-side-encryption"] == "AES256")
            #expect(second["x-amz-storage-class"] == nil)
            #expect(first["authorization"]?.contains("x-amz-server-side-encryption;") == true)
        }
    }

    @Test("A key of the user's own is not sent in the clear, and must be one")
    func customerKey() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "key")
            try Data(repeating: 7, count: 32).write(to: file)
            var configuration = S3Configuration(bucket: "bucket")
            configuration.serverSideEncryption = .customerKey(file: file.path)
            configuration.endpoint = "http://127.0.0.1:1"
            func error() -> ObjectStoreError? {
                #expect(throws: ObjectStoreError.self) {
                    try S3ObjectStore(configuration, environment: testEnvironment)
                }
            }
            #expect(error()?.message.contains("https") == true)
            configuration.endpoint = "https://127.0.0.1:1"
            let fields = try S3ObjectStore(configuration, environment: testEnvironment).client.encryption.use
            #expect(fields[.amzCustomerKey] == Data(repeating: 7, count: 32).base64EncodedString())
            #expect(fields[.amzCustomerKeyMD5] == "y4HAEFCYWuvAXWFTtA1Qpg==")
            try file.write(Data(repeating: 8, count: 32).base64EncodedString() + "\n")
            let other = try S3ObjectStore(configuration, environment: testEnvironment).client.encryption.use
            #expect(other[.amzCustomerKey] == Data(repeating: 8, count: 32).base64EncodedString())
            try file.write("too short")
            #expect(error()?.code == .misconfigured)
        }
    }
}
