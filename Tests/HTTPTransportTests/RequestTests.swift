import HTTPTransport
import HTTPTypes
import Synchronization
import Testing

@Suite("Requests on the wire")
struct RequestTests {
    /// What a server got, by one exchange with it.
    private func captured(
        _ request: (String) -> HTTPClientRequest
    ) async throws -> (request: ServerConnection.Request, body: [UInt8]) {
        let seen = Signal<(ServerConnection.Request, [UInt8])>()
        return try await withServer { connection in
            let request = try connection.readHead()
            seen.set((request, try connection.readBody(of: request)))
            try connection.respond()
        } _: { server in
            let response = try await HTTPClient().collect(request(server.url), limit: 100)
            #expect(response.status == 200)
            return await seen.wait()
        }
    }

    @Test(
        "The target is sent exactly as it was written",
        arguments: [
            "/", "/a//b/../c/./d", "/bucket/a%20b%2Fc+d%25/%C3%A9?list-type=2&prefix=a%2Bb", "/x?", "/a;b=c,d'e(f)!*~",
            "/?X-Amz-Signature=0&empty=&flag", "//double", "/..", "/a?b?c/../d",
        ]
    )
    func exactTarget(target: String) async throws {
        let (request, _) = try await captured { HTTPClientRequest(url: $0 + target) }
        #expect(request.line == "GET \(target) HTTP/1.1")
    }

    @Test("A URL without a path asks for the root", arguments: [("", "/"), ("?watch=1", "/?watch=1")])
    func emptyPath(suffix: String, target: String) async throws {
        let (request, _) = try await captured { HTTPClientRequest(url: $0 + suffix) }
        #expect(request.target == target)
    }

    @Test("Fields are sent in their order, and nothing else besides host and user agent")
    func fieldsAsGiven() async throws {
        var fields = HTTPFields()
        fields.append(HTTPField(name: .init("X-Second")!, value: "2"))
        fields.append(HTTPField(name: .authorization, value: "Bearer t"))
        fields.append(HTTPField(name: .init("x-empty")!, value: ""))
        fields.append(HTTPField(name: .init("X-Second")!, value: "again, é"))
        let (request, _) = try await captured { HTTPClientRequest(url: $0, fields: fields) }
        let host = try #require(request.header("Host"))
        #expect(
            request.headerLines == [
                "Host: \(host)", "User-Agent: kbackup", "X-Second: 2", "Authorization: Bearer t", "x-empty:",
                "X-Second: again, é",
            ]
        )
        #expect(host.hasPrefix("127.0.0.1:"))
    }

    @Test("An observer is told of each request, without the values of parameters that may be secret")
    func observer() async throws {
        let reports = Mutex<[HTTPRequestReport]>([])
        try await HTTPClient.$observer.withValue({ report in reports.withLock { $0.append(report) } }) {
            _ = try await captured { HTTPClientRequest(url: $0 + "/a?limit=5&X-Amz-Signature=secret&token=t&uploads") }
            await #expect(throws: HTTPTransportError.self) {
                try await HTTPClient().collect(HTTPClientRequest(url: "http://127.0.0.1:1/b?c=d"), limit: 1)
            }
        }
        let seen = reports.withLock { $0 }
        #expect(seen.count == 2)
        #expect(seen[0].url.hasSuffix("/a?limit=5&X-Amz-Signature=…&token=…&uploads"), "\(seen[0].url)")
        #expect(seen[0].method == "GET" && seen[0].status == 200 && seen[0].error == nil)
        #expect(seen[1].url == "http://127.0.0.1:1/b?c=…")
        #expect(seen[1].status == nil && seen[1].error != nil)
    }

    @Test("Host, User-Agent and Accept can be given")
    func givenFields() async throws {
        let (request, _) = try await captured {
            HTTPClientRequest(
                url: $0,
                fields: [.init("Host")!: "other.example", .userAgent: "test/1", .accept: "application/json"]
            )
        }
        #expect(request.headerLines == ["Host: other.example", "User-Agent: test/1", "Accept: application/json"])
    }

    @Test(
        "A body of bytes is sent with its length, with every method",
        arguments: [HTTPRequest.Method.put, .post, .patch, .delete, .get],
        [0, 1, 3_000_000]
    )
    func bytesBody(method: HTTPRequest.Method, size: Int) async throws {
        let bytes = pattern(size)
        let (request, body) = try await captured {
            HTTPClientRequest(method: method, url: $0, body: .bytes(bytes))
        }
        #expect(request.method == method.rawValue)
        #expect(request.header("Content-Length") == "\(size)")
        #expect(request.header("Expect") == nil)
        #expect(request.header("Transfer-Encoding") == nil)
        #expect(request.header("Content-Type") == nil)
        #expect(body == bytes)
    }

    @Test(
        "Without a body, only methods that usually have one say that it is empty",
        arguments: [
            (HTTPRequest.Method.get, nil), (.delete, nil), (.options, nil), (.post, "0"), (.put, "0"), (.patch, "0"),
        ]
    )
    func noBody(method: HTTPRequest.Method, length: String?) async throws {
        let (request, _) = try await captured { HTTPClientRequest(method: method, url: $0) }
        #expect(request.method == method.rawValue)
        #expect(request.header("Content-Length") == length)
        #expect(request.header("Transfer-Encoding") == nil)
    }

    @Test("A streamed body of known length is sent with it", arguments: [0, 1, 1_000_000])
    func streamOfKnownLength(size: Int) async throws {
        let bytes = pattern(size)
        let (request, body) = try await captured {
            HTTPClientRequest(method: .put, url: $0, body: .stream(length: size, next: chunks(of: bytes, size: 70_000)))
        }
        #expect(request.header("Content-Length") == "\(size)")
        #expect(body == bytes)
    }

    @Test("A streamed body of unknown length is sent in chunks", arguments: [0, 1, 1_000_000])
    func streamOfUnknownLength(size: Int) async throws {
        let bytes = pattern(size)
        let (request, body) = try await captured {
            HTTPClientRequest(method: .post, url: $0, body: .stream(length: nil, next: chunks(of: bytes, size: 999)))
        }
        #expect(request.header("Content-Length") == nil)
        #expect(request.header("Transfer-Encoding") == "chunked")
        #expect(body == bytes)
    }
}
