import HTTPTransport
import HTTPTypes
import Testing

@Suite("HTTP/2", .enabled(if: HTTP2Server.isAvailable))
struct HTTP2Tests {
    private func withHTTP2(_ body: (HTTP2Server, HTTPClient) async throws -> Void) async throws {
        let certificates = try Certificates.shared.get()
        let server = try HTTP2Server(certificate: certificates.server, key: certificates.serverKey)
        defer { server.stop() }
        var configuration = HTTPClientConfiguration()
        configuration.tls.certificateAuthorities = .file(certificates.authority)
        configuration.allowsHTTP2 = true
        try await body(server, HTTPClient(configuration: configuration))
    }

    @Test("Bodies go both ways unchanged", arguments: [0, 1, 5_000_000])
    func echo(size: Int) async throws {
        let bytes = pattern(size)
        try await withHTTP2 { server, client in
            let bodies: [HTTPRequestBody] = [
                .bytes(bytes), .stream(length: size, next: chunks(of: bytes, size: 70_000)),
                .stream(length: nil, next: chunks(of: bytes, size: 999)),
            ]
            for body in bodies {
                let response = try await client.collect(
                    HTTPClientRequest(method: .post, url: server.url, body: body),
                    limit: size
                )
                #expect(response.status == 200)
                #expect(response.body == bytes)
                #expect(response.fields[.init("x-authority")!] == "127.0.0.1:\(server.port)")
            }
        }
    }

    @Test("Requests at once share connections, and a reader that waits does not hold up the others")
    func parallel() async throws {
        try await withHTTP2 { server, client in
            let size = 20_000_000
            try await client.send(HTTPClientRequest(url: "\(server.url)/\(size)")) { response in
                var iterator = response.body.makeAsyncIterator()
                var received = try #require(try await iterator.next()).count
                let sessions = try await withThrowingTaskGroup { group in
                    for _ in 0..<30 {
                        group.addTask {
                            let other = try await client.collect(
                                HTTPClientRequest(url: "\(server.url)/100000"),
                                limit: 100_000
                            )
                            #expect(other.body.count == 100_000)
                            return other.fields[.init("x-sessions")!].flatMap { Int($0) } ?? 0
                        }
                    }
                    return try await group.reduce(0, max)
                }
                #expect(sessions < 31)
                while let chunk = try await iterator.next() { received += chunk.count }
                #expect(received == size)
            }
        }
    }
}
