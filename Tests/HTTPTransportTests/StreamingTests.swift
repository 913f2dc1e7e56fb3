import Foundation
import HTTPTransport
import HTTPTypes
import Synchronization
import Testing

@Suite("Streaming")
struct StreamingTests {
    private static let large = 64 << 20

    @Test("A large body arrives unchanged, in pieces of 64 KiB at most")
    func largeDownload() async throws {
        let piece = pattern(1 << 20)
        let pieceTwice = piece + piece
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(Self.large)\r\n\r\n")
            for _ in 0..<Self.large / piece.count { try connection.write(piece) }
        } _: { server in
            try await HTTPClient().send(HTTPClientRequest(url: server.url)) { response in
                #expect(response.body.announcedLength == Self.large)
                var received = 0
                var isUnchanged = true
                var largest = 0
                for try await chunk in response.body {
                    let offset = received % piece.count
                    let expected = Array(pieceTwice[offset..<offset + chunk.count])
                    isUnchanged = isUnchanged && !chunk.isEmpty && chunk == expected
                    received += chunk.count
                    largest = max(largest, chunk.count)
                }
                #expect(isUnchanged)
                #expect(received == Self.large)
                #expect(largest == 64 << 10)
            }
        }
    }

    @Test("A large body of bytes is sent unchanged")
    func largeUpload() async throws {
        let bytes = pattern(Self.large)
        let isUnchanged = Signal<Bool>()
        try await withServer { connection in
            let request = try connection.readHead()
            isUnchanged.set(try connection.readBody(of: request) == bytes)
            try connection.respond("201 Created")
        } _: { server in
            let response = try await HTTPClient().collect(
                HTTPClientRequest(method: .put, url: server.url, body: .bytes(bytes)),
                limit: 10
            )
            #expect(response.status == 201)
            #expect(await isUnchanged.wait())
        }
    }

    @Test("A server that is not read from cannot send more than the buffers hold")
    func backPressureOnDownload() async throws {
        let sender = Signal<ServerConnection>()
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(Self.large)\r\n\r\n")
            sender.set(connection)
            let piece = [UInt8](repeating: 1, count: 1 << 16)
            for _ in 0..<Self.large / piece.count { try connection.write(piece) }
        } _: { server in
            try await HTTPClient().send(HTTPClientRequest(url: server.url)) { response in
                var iterator = response.body.makeAsyncIterator()
                var received = try #require(try await iterator.next()).count
                let connection = await sender.wait()
                // Until the server stands still: what it has written is in the sockets' buffers and ours.
                let written = try await settled { connection.writtenCount }
                #expect(written < Self.large / 2)
                #expect(connection.writtenCount == written)
                while let chunk = try await iterator.next() { received += chunk.count }
                #expect(received == Self.large)
            }
        }
    }

    @Test("A body is not pulled faster than the server takes it")
    func backPressureOnUpload() async throws {
        let gate = DispatchSemaphore(value: 0)
        let source = ChunkSource([UInt8](repeating: 1, count: Self.large), size: 1 << 16)
        let received = Signal<Int>()
        try await withServer { connection in
            let request = try connection.readHead()
            gate.wait()
            received.set(try connection.readBody(of: request).count)
            try connection.respond()
        } _: { server in
            async let response = HTTPClient().collect(
                HTTPClientRequest(
                    method: .put,
                    url: server.url,
                    body: .stream(length: Self.large) { source.next() }
                ),
                limit: 10
            )
            let pulled = try await settled { source.pullCount }
            #expect(pulled > 0)
            #expect(pulled << 16 < Self.large / 2)
            gate.signal()
            #expect(try await response.status == 200)
            #expect(await received.wait() == Self.large)
        }
    }

    @Test("A slow source holds the upload, and nothing is lost")
    func slowSource() async throws {
        let turn = Signal<Void>()
        let source = ChunkSource(pattern(3), size: 1)
        try await withServer { connection in
            let request = try connection.readHead()
            let first = try connection.read(exactly: 1)
            // The rest is provided only when the first byte has been seen here.
            turn.set()
            try connection.respond(body: "\(first + (try connection.read(exactly: 2)) == pattern(3)) \(request.method)")
        } _: { server in
            let response = try await HTTPClient().collect(
                HTTPClientRequest(
                    method: .put,
                    url: server.url,
                    body: .stream(length: 3) {
                        if source.pullCount > 0 { await turn.wait() }
                        return source.next()
                    }
                ),
                limit: 100
            )
            #expect(String(decoding: response.body, as: UTF8.self) == "true PUT")
        }
    }

    @Test("A body that goes both ways at once streams in both directions")
    func echo() async throws {
        let bytes = pattern(8 << 20)
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\n\r\n")
            var left = bytes.count
            while left > 0 {
                let piece = try connection.read(atMost: min(left, 1 << 16))
                if piece.isEmpty { return }
                left -= piece.count
                try connection.write(piece)
            }
        } _: { server in
            let response = try await HTTPClient().collect(
                HTTPClientRequest(
                    method: .put,
                    url: server.url,
                    body: .stream(length: bytes.count, next: chunks(of: bytes, size: 50_000))
                ),
                limit: bytes.count
            )
            #expect(response.body == bytes)
        }
    }

    @Test("A source that fails ends the request with its error")
    func failingSource() async throws {
        struct SourceFailure: Error, CustomStringConvertible {
            let description = "the disk is gone"
        }
        let sawClose = Signal<Void>()
        try await withServer { connection in
            _ = try connection.readHead()
            connection.waitForClose()
            sawClose.set()
        } _: { server in
            let source = ChunkSource(pattern(10), size: 5)
            let error = await #expect(throws: HTTPTransportError.self) {
                try await HTTPClient().collect(
                    HTTPClientRequest(
                        method: .put,
                        url: server.url,
                        body: .stream(length: 20) {
                            guard let chunk = source.next() else { throw SourceFailure() }
                            return chunk
                        }
                    ),
                    limit: 10
                )
            }
            #expect(error?.code == .requestBodyFailed)
            #expect(error?.cause is SourceFailure)
            #expect(error?.message.contains("the disk is gone") == true)
            await sawClose.wait()
        }
    }

    @Test("A source that is not as long as it said is an error", arguments: [9, 11])
    func wrongLength(announced: Int) async throws {
        try await withServer { connection in
            let request = try connection.readHead()
            connection.waitForClose()
            _ = request
        } _: { server in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await HTTPClient().collect(
                    HTTPClientRequest(
                        method: .put,
                        url: server.url,
                        body: .stream(length: announced, next: chunks(of: pattern(10), size: 10))
                    ),
                    limit: 10
                )
            }
            #expect(error?.code == .requestBodyFailed)
            #expect(error?.isTransient == false)
        }
    }

    @Test("An answer before the whole body was taken is handed over", arguments: [true, false])
    func earlyAnswer(streamed: Bool) async throws {
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.respond("403 Forbidden", fields: ["Connection: close"], body: "no")
            connection.waitForClose()
        } _: { server in
            let bytes = [UInt8](repeating: 1, count: Self.large)
            let body: HTTPRequestBody =
                streamed ? .stream(length: nil, next: chunks(of: bytes, size: 1 << 16)) : .bytes(bytes)
            let response = try await HTTPClient().collect(
                HTTPClientRequest(method: .put, url: server.url, body: body),
                limit: 10
            )
            #expect(response.status == 403)
            #expect(response.body == Array("no".utf8))
        }
    }
}

/// The value that `count` keeps: looks until it is above zero and has not changed for a while.
func settled(_ count: () -> Int) async throws -> Int {
    var last = -1
    var unchanged = 0
    while unchanged < 10 {
        try await Task.sleep(for: .milliseconds(20))
        let now = count()
        unchanged = now == last && now > 0 ? unchanged + 1 : 0
        last = now
    }
    return last
}
