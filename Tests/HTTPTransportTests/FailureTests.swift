import Glibc
import HTTPTransport
import HTTPTypes
import Testing

@Suite("Failures of a transfer")
struct FailureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: HTTPTransportError.Code
        let handler: ServerSocket.Handler

        init(_ description: String, _ code: HTTPTransportError.Code, _ handler: @escaping ServerSocket.Handler) {
            testDescription = description
            self.code = code
            self.handler = handler
        }
    }

    static let cases = [
        Case("closed without an answer", .connectionLost) { connection in
            _ = try connection.readHead()
        },
        Case("reset without an answer", .connectionLost) { connection in
            _ = try connection.readHead()
            connection.reset()
        },
        Case("closed in the head", .connectionLost) { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Le")
        },
        Case("closed before the end of its length", .connectionLost) { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123456789")
        },
        Case("reset in the body", .connectionLost) { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
            connection.reset()
        },
        Case("closed between chunks", .connectionLost) { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        },
        Case("closed inside of a chunk", .connectionLost) { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc")
        },
        Case("a chunk without a size", .protocolError) { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
            connection.waitForClose()
        },
        Case("an answer that is not HTTP", .protocolError) { connection in
            _ = try connection.readHead()
            try connection.write("SSH-2.0-OpenSSH_9.2\r\n")
            connection.waitForClose()
        },
        Case("one header field without an end", .protocolError) { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nX-Huge: ")
            while true { try connection.write([UInt8](repeating: 0x61, count: 1 << 16)) }
        },
        Case("header fields without an end", .protocolError) { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\n")
            while true { try connection.write("X-More: 1\r\n") }
        },
        Case("a length that is not a number", .protocolError) { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n12345")
            connection.waitForClose()
        },
    ]

    @Test("A broken answer is told apart, and never taken for a whole one", arguments: cases)
    func brokenAnswers(testCase: Case) async throws {
        try await withServer(testCase.handler) { server in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await HTTPClient().collect(
                    HTTPClientRequest(
                        url: "\(server.url)/bucket/key?X-Amz-Signature=secret",
                        fields: [.authorization: "Bearer secret"]
                    ),
                    limit: 1 << 20
                )
            }
            #expect(error?.code == testCase.code, "\(error?.message ?? "")")
            #expect(error?.isProvablyUnapplied == false)
            #expect(error?.isTransient == (testCase.code == .connectionLost))
            #expect(error?.message.contains("GET http://127.0.0.1:\(server.port)/bucket/key ") == true)
            #expect(error?.message.contains("secret") == false)
        }
    }

    @Test("What came before the break can be read, then the break is told")
    func bytesBeforeTheBreak() async throws {
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123456789")
        } _: { server in
            try await HTTPClient().send(HTTPClientRequest(url: server.url)) { response in
                var received: [UInt8] = []
                let error = await #expect(throws: HTTPTransportError.self) {
                    for try await chunk in response.body { received += chunk }
                }
                #expect(received == Array("123456789".utf8))
                #expect(error?.code == .connectionLost)
            }
        }
    }

    @Test("A port where nobody listens is a failure to connect, and the request is certainly not applied")
    func refusedConnection() async throws {
        // The port of a server that has stopped.
        let url = try await withServer({ _ in }) { $0.url }
        let error = await #expect(throws: HTTPTransportError.self) {
            try await HTTPClient().collect(HTTPClientRequest(method: .post, url: url, body: .bytes([1])), limit: 10)
        }
        #expect(error?.code == .connectFailed)
        #expect(error?.isProvablyUnapplied == true)
        #expect(error?.isTransient == true)
    }

    @Test("A name that does not exist is told so")
    func unknownName() async throws {
        let error = await #expect(throws: HTTPTransportError.self) {
            try await HTTPClient().collect(HTTPClientRequest(url: "http://no-such-host.invalid/"), limit: 10)
        }
        #expect(error?.code == .nameNotResolved)
        #expect(error?.isProvablyUnapplied == true)
        #expect(error?.message.contains("no-such-host.invalid") == true)
    }

    @Test("A server that closes during the TLS handshake could not be connected to")
    func closedInHandshake() async throws {
        try await withServer { connection in
            _ = try connection.read()
        } _: { server in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await HTTPClient().collect(
                    HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/"),
                    limit: 10
                )
            }
            #expect(error?.code == .connectFailed, "\(error?.message ?? "")")
            #expect(error?.isTransient == true && error?.isProvablyUnapplied == true)
        }
    }

    @Test("A port that does not speak TLS fails for good")
    func plainPort() async throws {
        try await withServer { connection in
            _ = try connection.read()
            try connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.waitForClose()
        } _: { server in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await HTTPClient().collect(
                    HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/"),
                    limit: 10
                )
            }
            #expect(error?.code == .tlsFailed, "\(error?.message ?? "")")
            #expect(error?.isTransient == false)
        }
    }
}
