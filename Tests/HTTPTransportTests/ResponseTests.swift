import HTTPTransport
import HTTPTypes
import Testing

@Suite("Responses")
struct ResponseTests {
    private func response(
        to method: HTTPRequest.Method = .get,
        _ text: String
    ) async throws -> HTTPCollectedResponse {
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.write(text)
        } _: { server in
            try await HTTPClient().collect(HTTPClientRequest(method: method, url: server.url), limit: 1 << 20)
        }
    }

    @Test("Status, fields and body are handed over", arguments: [200, 201, 206, 301, 400, 404, 409, 500, 503, 599])
    func wholeResponse(status: Int) async throws {
        let response = try await response(
            "HTTP/1.1 \(status) Some Words\r\nX-A: 1\r\nContent-Length: 5\r\n"
                + "set-cookie: a\r\nSet-Cookie: b \r\n\r\nhello"
        )
        #expect(response.status == status)
        #expect(response.body == Array("hello".utf8))
        #expect(response.fields[.init("x-a")!] == "1")
        #expect(response.fields[values: .setCookie] == ["a", "b"])
    }

    @Test("Interim responses are skipped")
    func interimResponses() async throws {
        let response = try await response(
            "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        )
        #expect(response.status == 200)
        #expect(response.body == Array("ok".utf8))
        #expect(response.fields.map(\.name.rawName) == ["Content-Length"])
    }

    @Test("A chunked body is put together, and its trailers are dropped")
    func chunkedBody() async throws {
        let response = try await response(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n"
        )
        #expect(response.body == Array("abc0123456789".utf8))
        #expect(response.fields[.init("X-Trailer")!] == nil)
    }

    @Test("A body may end with the connection")
    func bodyUntilClose() async throws {
        let response = try await response("HTTP/1.1 200 OK\r\n\r\nto the end")
        #expect(response.body == Array("to the end".utf8))
    }

    @Test("HEAD and statuses without a body have none, whatever their length says")
    func bodiless() async throws {
        let head = try await response(to: .head, "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
        #expect(head.body.isEmpty)
        #expect(head.fields[.contentLength] == "999999999")
        let notModified = try await response("HTTP/1.1 304 Not Modified\r\nContent-Length: 999999999\r\n\r\n")
        #expect(notModified.status == 304 && notModified.body.isEmpty)
        let noContent = try await response("HTTP/1.1 204 No Content\r\n\r\n")
        #expect(noContent.status == 204 && noContent.body.isEmpty)
    }

    @Test("Redirects are handed over and not followed")
    func redirect() async throws {
        try await withServer { connection in
            while true {
                _ = try connection.readHead()
                try connection.respond("302 Found", fields: ["Location: /elsewhere"])
            }
        } _: { server in
            let response = try await HTTPClient().collect(HTTPClientRequest(url: server.url), limit: 10)
            #expect(response.status == 302)
            #expect(response.fields[.location] == "/elsewhere")
        }
    }

    @Test("A coded body is handed over as it came")
    func codedBody() async throws {
        let response = try await response("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nraw")
        #expect(response.body == Array("raw".utf8))
        #expect(response.fields[.contentEncoding] == "gzip")
    }

    @Test("Folded fields are joined, and bytes that are not UTF-8 do no harm")
    func oddFields() async throws {
        let response = try await response(
            "HTTP/1.1 200 OK\r\nX-A: one\r\n  two\r\nX-\u{e9}: 1\r\nContent-Length: 0\r\n\r\n"
        )
        #expect(response.fields[.init("X-A")!] == "one two")
    }

    @Test("A body longer than the limit is refused", arguments: [true, false])
    func tooLarge(announced: Bool) async throws {
        let framing = announced ? "Content-Length: 11\r\n" : ""
        let error = await #expect(throws: HTTPTransportError.self) {
            try await withServer { connection in
                _ = try connection.readHead()
                try connection.write("HTTP/1.1 200 OK\r\n\(framing)\r\n12345678901")
            } _: { server in
                try await HTTPClient().collect(HTTPClientRequest(url: server.url), limit: 10)
            }
        }
        #expect(error?.code == .responseTooLarge)
        #expect(error?.isTransient == false)
    }

    @Test("A body of exactly the limit is accepted")
    func exactlyTheLimit() async throws {
        let body = try await withServer { connection in
            _ = try connection.readHead()
            try connection.respond(body: "1234567890")
        } _: { server in
            try await HTTPClient().collect(HTTPClientRequest(url: server.url), limit: 10).body
        }
        #expect(body.count == 10)
    }
}
