import HTTPTransport
import HTTPTypes
import Testing

@Suite("Connections")
struct ConnectionTests {
    /// Answers every request on a connection with the connection's number.
    private static func number(_ connection: ServerConnection) throws {
        while true {
            let request = try connection.readHead()
            _ = try connection.readBody(of: request)
            try connection.respond(body: "\(connection.number)")
        }
    }

    // Other tests fill libcurl's pool at the same time and may drive out a connection: "few" instead of "one".

    @Test("Requests one after the other share connections")
    func reuse() async throws {
        try await withServer(Self.number) { server in
            for index in 0..<20 {
                let method = [HTTPRequest.Method.get, .put, .post, .head][index % 4]
                let response = try await HTTPClient().collect(
                    HTTPClientRequest(method: method, url: server.url, body: method == .put ? .bytes([1]) : .none),
                    limit: 10
                )
                #expect(response.status == 200)
            }
            #expect(server.connectionCount <= 5)
        }
    }

    @Test("A connection is kept when a short body is not read")
    func unreadShortBody() async throws {
        try await withServer(Self.number) { server in
            for _ in 0..<10 {
                let status = try await HTTPClient().send(HTTPClientRequest(url: server.url)) { $0.status }
                #expect(status == 200)
                _ = try await HTTPClient().collect(HTTPClientRequest(url: server.url), limit: 10)
            }
            // One more than the first, because the rest of a short body may still be on its way.
            #expect(server.connectionCount <= 6)
        }
    }

    @Test("Two hundred requests at once are all answered, each with its own body")
    func manyAtOnce() async throws {
        try await withServer { connection in
            while true {
                let request = try connection.readHead()
                let body = try connection.readBody(of: request)
                try connection.respond(body: request.target + String(repeating: "x", count: 100_000))
                #expect(body == Array(request.target.utf8))
            }
        } _: { server in
            try await withThrowingTaskGroup { group in
                for index in 0..<200 {
                    group.addTask {
                        let response = try await HTTPClient().collect(
                            HTTPClientRequest(
                                method: .put,
                                url: "\(server.url)/\(index)",
                                body: .bytes(Array("/\(index)".utf8))
                            ),
                            limit: 1 << 20
                        )
                        #expect(response.body.starts(with: Array("/\(index)x".utf8)))
                        #expect(response.body.count == 100_000 + "/\(index)".utf8.count)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Closes the connection in the middle of the second request, and answers all others.
    private static func dieOnSecondRequest(_ connection: ServerConnection, _ seen: Counter) throws {
        while true {
            let request = try connection.readHead()
            _ = try connection.readBody(of: request)
            seen.increment()
            if seen.count == 2 { return }
            try connection.respond()
        }
    }

    @Test("A dead connection is replaced for idempotent requests", arguments: [HTTPRequest.Method.get, .put, .delete])
    func replay(method: HTTPRequest.Method) async throws {
        let seen = Counter()
        try await withServer {
            try Self.dieOnSecondRequest($0, seen)
        } _: { server in
            _ = try await HTTPClient().collect(HTTPClientRequest(url: server.url), limit: 10)
            let body: HTTPRequestBody = method == .put ? .bytes(pattern(100_000)) : .none
            let response = try await HTTPClient().collect(
                HTTPClientRequest(method: method, url: server.url, body: body),
                limit: 10
            )
            #expect(response.status == 200)
            #expect(server.connectionCount == 2)
            #expect(seen.count == 3)
        }
    }

    @Test(
        "A request that may have been applied is not sent again in silence",
        arguments: [HTTPRequest.Method.post, .patch]
    )
    func noReplay(method: HTTPRequest.Method) async throws {
        for body in [HTTPRequestBody.none, .bytes(pattern(100_000))] {
            let seen = Counter()
            try await withServer {
                try Self.dieOnSecondRequest($0, seen)
            } _: { server in
                _ = try await HTTPClient().collect(HTTPClientRequest(url: server.url), limit: 10)
                let error = await #expect(throws: HTTPTransportError.self) {
                    try await HTTPClient().collect(
                        HTTPClientRequest(method: method, url: server.url, body: body),
                        limit: 10
                    )
                }
                #expect(error?.code == .connectionLost)
                #expect(error?.isProvablyUnapplied == false)
                #expect(seen.count == 2)
            }
        }
    }

    @Test("A streamed body is not sent again in silence")
    func noReplayOfStreams() async throws {
        let seen = Counter()
        try await withServer {
            try Self.dieOnSecondRequest($0, seen)
        } _: { server in
            _ = try await HTTPClient().collect(HTTPClientRequest(url: server.url), limit: 10)
            let error = await #expect(throws: HTTPTransportError.self) {
                try await HTTPClient().collect(
                    HTTPClientRequest(
                        method: .put,
                        url: server.url,
                        body: .stream(length: 100_000, next: chunks(of: pattern(100_000), size: 10_000))
                    ),
                    limit: 10
                )
            }
            #expect(error?.code == .connectionLost)
            #expect(seen.count == 2)
        }
    }
}
