import Foundation
import ObjectStore
import Synchronization
import Testing

@testable import S3ObjectStore

@Suite("S3 object store: uploads in parts")
struct S3PartsFaultTests {
    private let key = ObjectKey("large")
    private let body = [UInt8](repeating: 3, count: (10 << 20) + 1)

    /// What a server answers that has no trouble.
    private static func answer(_ request: FakeServer.Request) -> FakeServer.Reply {
        switch (request.method, request.query) {
        case ("POST", "uploads="):
            return .text(200, "<InitiateMultipartUploadResult><UploadId>u+1</UploadId></InitiateMultipartUploadResult>")
        case ("POST", _):
            return .text(
                200,
                "<CompleteMultipartUploadResult><ETag>&quot;whole-3&quot;</ETag></CompleteMultipartUploadResult>"
            )
        case ("PUT", let query): return .response(200, ["ETag": "\"\(query.prefix(12))\""])
        case ("DELETE", _): return .response(204)
        default: return .error(400, "InvalidRequest")
        }
    }

    private func store(_ server: FakeServer) throws -> S3ObjectStore {
        try server.store {
            $0.multipartThresholdInBytes = 5 << 20
            $0.partSizeInBytes = 5 << 20
            $0.concurrentParts = 2
        }
    }

    @Test("An object is put together from its parts, in their order, under the condition")
    func parts() async throws {
        try await FakeServer.run({ Self.answer($0) }) { server in
            #expect(try await store(server).put(body, at: key, if: .absent) == VersionTag("whole-3"))
            let parts = server.requests.filter { $0.method == "PUT" }.sorted { $0.query < $1.query }
            #expect(parts.map(\.query) == (1...3).map { "partNumber=\($0)&uploadId=u%2B1" })
            #expect(parts.allSatisfy { $0.fields["x-amz-checksum-sha256"] != nil })
            #expect(
                parts.map { Int($0.fields["x-amz-decoded-content-length"] ?? "") ?? $0.body.count } == [
                    5 << 20, 5 << 20, 1,
                ]
            )
            let complete = try #require(server.requests.last)
            #expect(complete.fields["if-none-match"] == "*")
            let document = try XMLElement(parsing: complete.body)
            #expect(document.all("Part").map { $0["PartNumber"] } == ["1", "2", "3"])
            #expect(document.all("Part").map { $0["ETag"] } == (1...3).map { "\"partNumber=\($0)\"" })
            #expect(
                document.all("Part").map { $0["ChecksumSHA256"] } == parts.map { $0.fields["x-amz-checksum-sha256"] }
            )
            #expect(!server.log.contains { $0.hasPrefix("DELETE") })
        }
    }

    @Test("A part that is refused ends the upload, which is taken back")
    func refusedPart() async throws {
        let answer: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            request.query.hasPrefix("partNumber=2&") ? .error(403, "AccessDenied") : Self.answer(request)
        }
        try await FakeServer.run(answer) { server in
            let store = try store(server)
            let error = await #expect(throws: ObjectStoreError.self) { try await store.put(body, at: key, if: .absent) }
            #expect(error?.code == .accessDenied)
            #expect(server.log.last == "DELETE uploadId=u%2B1")
            #expect(!server.log.contains("POST uploadId=u%2B1"))
        }
    }

    @Test("A part that fails for the moment is sent again")
    func repeatedPart() async throws {
        let failures = Atomic(3)
        let answer: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            guard request.query.hasPrefix("partNumber=2&"), failures.subtract(1, ordering: .relaxed).newValue >= 0
            else {
                return Self.answer(request)
            }
            return .error(500, "InternalError")
        }
        try await FakeServer.run(answer) { server in
            let result = try await store(server).put(body, at: key, if: .always)
            #expect(result == VersionTag("whole-3"))
            #expect(server.log.filter { $0.hasPrefix("PUT partNumber=2&") }.count == 4)
        }
    }

    @Test("A cancelled upload is taken back")
    func cancelled() async throws {
        let (firstPart, signal) = AsyncStream<Void>.makeStream()
        let answer: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            if request.method == "PUT" {
                signal.yield()
                return .error(503, "SlowDown")
            }
            return Self.answer(request)
        }
        try await FakeServer.run(answer) { server in
            let store = try store(server)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) { try await store.put(body, at: key, if: .absent) }
                }
                for await _ in firstPart { break }
                group.cancelAll()
            }
            #expect(server.log.last == "DELETE uploadId=u%2B1")
        }
    }

    @Test("An error that comes with status 200 is an error")
    func lateError() async throws {
        let completions = Atomic(0)
        let answer: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            guard request.method == "POST", request.query.hasPrefix("uploadId") else { return Self.answer(request) }
            let isFirst = completions.add(1, ordering: .relaxed).oldValue == 0
            return isFirst ? .error(200, "InternalError") : Self.answer(request)
        }
        try await FakeServer.run(answer) { server in
            let result = try await store(server).put(body, at: key, if: .always)
            #expect(result == VersionTag("whole-3"))
            #expect(completions.load(ordering: .relaxed) == 2)
        }
        let refusal: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            request.method == "POST" && request.query.hasPrefix("uploadId")
                ? .error(200, "AccessDenied") : Self.answer(request)
        }
        try await FakeServer.run(refusal) { server in
            let store = try store(server)
            await #expect(throws: ObjectStoreError.self) { try await store.put(body, at: key, if: .always) }
            #expect(server.log.last?.hasPrefix("DELETE") == true)
        }
    }

    @Test("An upload whose last answer was lost has succeeded", arguments: [PutCondition.absent, .always])
    func lostCompletion(condition: PutCondition) async throws {
        let mark = Mutex<String?>(nil)
        let completions = Atomic(0)
        let answer: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            if request.query == "uploads=" { mark.withLock { $0 = request.fields["x-amz-meta-kbackup-write"] } }
            if request.method == "HEAD" {
                let fields = ["ETag": "\"own-3\"", "x-amz-meta-kbackup-write": mark.withLock { $0 ?? "" }]
                return .response(200, fields)
            }
            guard request.method == "POST", request.query.hasPrefix("uploadId") else { return Self.answer(request) }
            return completions.add(1, ordering: .relaxed).oldValue == 0 ? .reset : .error(404, "NoSuchUpload")
        }
        try await FakeServer.run(answer) { server in
            let result = try await store(server).put(body, at: key, if: condition)
            #expect(result == VersionTag("own-3"))
        }
    }

    @Test("An upload that loses against another writer is taken back")
    func conflict() async throws {
        let answer: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            if request.method == "HEAD" {
                return .response(200, ["ETag": "\"other\"", "x-amz-meta-kbackup-write": "other"])
            }
            return request.method == "POST" && request.query.hasPrefix("uploadId")
                ? .error(412, "PreconditionFailed") : Self.answer(request)
        }
        try await FakeServer.run(answer) { server in
            let store = try store(server)
            let error = await #expect(throws: ObjectStoreError.self) { try await store.put(body, at: key, if: .absent) }
            #expect(error?.code == .conflict)
            #expect(server.log.last?.hasPrefix("DELETE") == true)
        }
    }

    @Test("Parts grow so that 10,000 are enough")
    func partSize() {
        let configuration = S3Configuration(bucket: "bucket")
        #expect(S3ObjectStore.partSize(forBodyOf: 100 << 20, configuration) == 16 << 20)
        let huge = 500 << 30
        #expect((huge - 1) / S3ObjectStore.partSize(forBodyOf: huge, configuration) < 10_000)
    }
}
