import Foundation
import HTTPTransport
import HTTPTypes
import Testing

@Suite("Deadlines of a transfer")
struct DeadlineTests {
    private static let short: Duration = .milliseconds(100)

    private func deadlines(_ set: (inout HTTPDeadlines) -> Void) -> HTTPDeadlines {
        var deadlines = HTTPDeadlines()
        deadlines.connect = nil
        deadlines.firstByte = nil
        deadlines.stall = nil
        set(&deadlines)
        return deadlines
    }

    private func timeout(
        _ deadlines: HTTPDeadlines,
        scheme: String = "http",
        method: HTTPRequest.Method = .get,
        body: HTTPRequestBody = .none,
        server: @escaping ServerSocket.Handler
    ) async throws -> HTTPTransportError {
        try await withServer(server) { server in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await HTTPClient().collect(
                    HTTPClientRequest(
                        method: method,
                        url: "\(scheme)://127.0.0.1:\(server.port)/path?secret",
                        body: body,
                        deadlines: deadlines
                    ),
                    limit: 1 << 30
                )
            }
            let timeout = try #require(error)
            #expect(timeout.code == .timedOut)
            #expect(timeout.isTransient)
            #expect(!timeout.message.contains("secret"))
            return timeout
        }
    }

    @Test("A TLS handshake that is not answered misses the connect deadline")
    func connect() async throws {
        let error = try await timeout(deadlines { $0.connect = Self.short }, scheme: "https") { $0.waitForClose() }
        #expect(error.message.contains("connect deadline"))
        #expect(error.isProvablyUnapplied)
    }

    @Test("A silent server misses the first-byte deadline")
    func firstByte() async throws {
        let error = try await timeout(deadlines { $0.firstByte = Self.short }) { $0.waitForClose() }
        #expect(error.message.contains("first-byte deadline"))
        #expect(!error.isProvablyUnapplied)
    }

    @Test("A silent server misses the first-byte deadline after an upload too", arguments: [true, false])
    func firstByteAfterUpload(streamed: Bool) async throws {
        let bytes = pattern(1000)
        let error = try await timeout(
            deadlines { $0.firstByte = Self.short },
            method: .put,
            body: streamed ? .stream(length: nil, next: chunks(of: bytes, size: 100)) : .bytes(bytes)
        ) { connection in
            _ = try connection.readBody(of: connection.readHead())
            connection.waitForClose()
        }
        #expect(error.message.contains("first-byte deadline"))
    }

    @Test("A body that stops misses the stall deadline")
    func stalledDownload() async throws {
        let error = try await timeout(deadlines { $0.stall = Self.short }) { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbegin")
            connection.waitForClose()
        }
        #expect(error.message.contains("stall deadline"))
    }

    @Test("An upload that the server does not take misses the stall deadline")
    func stalledUpload() async throws {
        let done = DispatchSemaphore(value: 0)
        let error = try await timeout(
            deadlines { $0.stall = .milliseconds(300) },
            method: .put,
            body: .bytes([UInt8](repeating: 1, count: 32 << 20))
        ) { connection in
            _ = try connection.readHead()
            done.wait()
        }
        done.signal()
        #expect(error.message.contains("stall deadline"))
    }

    @Test("Interim responses do not hold off the first-byte deadline")
    func interimForEver() async throws {
        let error = try await timeout(deadlines { $0.firstByte = Self.short }) { connection in
            _ = try connection.readHead()
            while true {
                try connection.write("HTTP/1.1 100 Continue\r\n\r\n")
                usleep(10_000)
            }
        }
        #expect(error.message.contains("first-byte deadline"))
    }

    @Test("A body that drips misses the total deadline only")
    func drip() async throws {
        let error = try await timeout(
            deadlines {
                $0.total = .milliseconds(400)
                $0.stall = .seconds(30)
            }
        ) { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\n\r\n")
            while true {
                try connection.write("x")
                usleep(20_000)
            }
        }
        #expect(error.message.contains("total deadline"))
    }

    @Test("The time that a reader takes does not count as a stall")
    func slowReader() async throws {
        let size = 16 << 20
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            try connection.write([UInt8](repeating: 1, count: size))
        } _: { server in
            let request = HTTPClientRequest(url: server.url, deadlines: deadlines { $0.stall = .milliseconds(200) })
            try await HTTPClient().send(request) { response in
                var iterator = response.body.makeAsyncIterator()
                var received = try #require(try await iterator.next()).count
                try await Task.sleep(for: .milliseconds(800))
                while let chunk = try await iterator.next() { received += chunk.count }
                #expect(received == size)
            }
        }
    }

    @Test("The time that a source takes does not count as a stall")
    func slowSource() async throws {
        let source = ChunkSource(pattern(2), size: 1)
        try await withServer { connection in
            _ = try connection.readBody(of: connection.readHead())
            try connection.respond()
        } _: { server in
            let response = try await HTTPClient().collect(
                HTTPClientRequest(
                    method: .put,
                    url: server.url,
                    body: .stream(length: 2) {
                        if source.pullCount > 0 { try await Task.sleep(for: .milliseconds(800)) }
                        return source.next()
                    },
                    deadlines: deadlines { $0.stall = .milliseconds(200) }
                ),
                limit: 10
            )
            #expect(response.status == 200)
        }
    }

    @Test("Without deadlines a request waits")
    func none() async throws {
        try await withServer { connection in
            _ = try connection.readHead()
            usleep(300_000)
            try connection.respond(body: "late")
        } _: { server in
            let response = try await HTTPClient().collect(
                HTTPClientRequest(url: server.url, deadlines: deadlines { _ in }),
                limit: 10
            )
            #expect(response.body == Array("late".utf8))
        }
    }
}
