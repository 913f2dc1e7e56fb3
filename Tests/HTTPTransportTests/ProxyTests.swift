import HTTPTransport
import HTTPTypes
import Testing

@Suite("Proxies")
struct ProxyTests {
    private func client(_ proxyURL: String?) -> HTTPClient {
        var configuration = HTTPClientConfiguration()
        configuration.proxyURL = proxyURL
        return HTTPClient(configuration: configuration)
    }

    @Test("A proxy is asked for the whole URL")
    func plain() async throws {
        try await withServer { connection in
            let request = try connection.readHead()
            try connection.respond(body: request.line)
        } _: { proxy in
            let response = try await client(proxy.url).collect(
                HTTPClientRequest(url: "http://bucket.example:8080/a?b=c"),
                limit: 1000
            )
            #expect(response.body == Array("GET http://bucket.example:8080/a?b=c HTTP/1.1".utf8))
        }
    }

    @Test("A tunnel is opened for https, and the proxy does not see the request's fields")
    func tunnel() async throws {
        let seen = Signal<ServerConnection.Request>()
        try await withServer { connection in
            seen.set(try connection.readHead())
            try connection.respond("403 Forbidden", body: "no tunnels")
        } _: { proxy in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await client(proxy.url).collect(
                    HTTPClientRequest(url: "https://bucket.example/a?b=c", fields: [.authorization: "Bearer secret"]),
                    limit: 1000
                )
            }
            let request = await seen.wait()
            #expect(request.line == "CONNECT bucket.example:443 HTTP/1.1")
            #expect(request.header("Authorization") == nil)
            #expect(error?.code == .connectFailed, "\(error?.message ?? "")")
            #expect(error?.isProvablyUnapplied == true)
        }
    }

    @Test("An empty proxy is none")
    func none() async throws {
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.respond()
        } _: { server in
            let response = try await client("").collect(HTTPClientRequest(url: server.url), limit: 10)
            #expect(response.status == 200)
        }
    }
}
