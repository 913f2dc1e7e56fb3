import HTTPTransport
import HTTPTypes
import Testing

@Suite("Requests that are refused")
struct RefusalTests {
    private func refusal(
        of request: HTTPClientRequest,
        _ configuration: HTTPClientConfiguration = HTTPClientConfiguration()
    ) async -> HTTPTransportError? {
        await #expect(throws: HTTPTransportError.self) {
            try await HTTPClient(configuration: configuration).collect(request, limit: 10)
        }
    }

    @Test(
        "URLs that can be read in two ways, or are not for HTTP",
        arguments: [
            "", "/path", "host/path", "ftp://host/", "file:///etc/passwd", "gopher://host:70/_x", "http:/host/",
            "http://", "http:///path", "https://:443/", "http://user@host/", "http://user:secret@host/",
            "http://good.example@evil.example/", "http://host\\@evil.example/", "http://host/#fragment",
            "http://host/a b", "http://host/a\r\nX-Injected: 1", "http://host/\u{0}", "http://host/\u{7f}",
            "http://h\u{f6}st/", "http://host/\u{e9}", "http://host:0/", "http://host:65536/", "http://host:80x/",
            "http://host:+80/", "http://host:/", "http://ho%73t/", "http://host,other/", "http://[::1/",
            "http://[::1]x/", "http://[]/", "http://::1/", "http://ho$t/",
        ]
    )
    func urls(url: String) async {
        let error = await refusal(of: HTTPClientRequest(url: url))
        #expect(error?.code == .invalidRequest)
        #expect(error?.isProvablyUnapplied == true)
        #expect(error?.isTransient == false)
        #expect(error?.message.contains("secret") == false)
    }

    @Test("A length that is not the body's", arguments: ["0", "4", "x", "3, 3", "-3"])
    func contentLength(value: String) async {
        let request = HTTPClientRequest(
            method: .put,
            url: "http://127.0.0.1:1/",
            fields: [.contentLength: value],
            body: .bytes([1, 2, 3])
        )
        #expect(await refusal(of: request)?.code == .invalidRequest)
    }

    @Test("A transfer coding that is not the body's", arguments: ["chunked", "gzip", "identity, chunked"])
    func transferEncoding(value: String) async {
        let request = HTTPClientRequest(
            method: .put,
            url: "http://127.0.0.1:1/",
            fields: [.transferEncoding: value],
            body: .bytes([1, 2, 3])
        )
        #expect(await refusal(of: request)?.code == .invalidRequest)
    }

    @Test("A negative length of a streamed body")
    func negativeLength() async {
        let request = HTTPClientRequest(method: .put, url: "http://127.0.0.1:1/", body: .stream(length: -1) { nil })
        #expect(await refusal(of: request)?.code == .invalidRequest)
    }

    static let configurations: [(String, @Sendable (inout HTTPClientConfiguration) -> Void)] = [
        ("line break in the user agent", { $0.userAgent = "a\r\nX-Injected: 1" }),
        ("proxy of another scheme", { $0.proxyURL = "socks4://127.0.0.1:1" }),
        ("proxy without a scheme", { $0.proxyURL = "127.0.0.1:1" }),
        ("line break in the proxy", { $0.proxyURL = "http://127.0.0.1:1\r\n" }),
        ("server name with a port", { $0.tls.serverName = "host:443" }),
        ("server name with a line break", { $0.tls.serverName = "host\r\n" }),
        ("empty server name", { $0.tls.serverName = "" }),
        ("key without a certificate", { $0.tls.clientPrivateKey = .file("/key.pem") }),
        ("zero byte in a file name", { $0.tls.certificateAuthorities = .file("/ca.pem\u{0}x") }),
    ]

    @Test("Settings that cannot be meant so", arguments: configurations.indices)
    func settings(index: Int) async {
        var configuration = HTTPClientConfiguration()
        Self.configurations[index].1(&configuration)
        let error = await refusal(of: HTTPClientRequest(url: "https://127.0.0.1:1/"), configuration)
        #expect(error?.code == .invalidRequest, "\(Self.configurations[index].0)")
    }

    @Test("Line breaks do not get into a header field")
    func headerInjection() async throws {
        let seen = Signal<ServerConnection.Request>()
        try await withServer { connection in
            seen.set(try connection.readHead())
            try connection.respond()
        } _: { server in
            _ = try await HTTPClient().collect(
                HTTPClientRequest(
                    url: server.url,
                    fields: [.init("X-Value")!: "a\r\nX-Injected: 1", .authorization: "b\nX-Injected: 1\u{0}"]
                ),
                limit: 10
            )
            #expect(await seen.wait().header("X-Injected") == nil)
        }
    }
}
