import Foundation
import Glibc
import Synchronization

/// A server on loopback that answers as a test says, for faults that a real API server cannot be made to show.
final class FakeAPIServer: Sendable {
    struct Request: Sendable {
        var method: String
        /// With the query.
        var target: String
        var fields: [(name: String, value: String)]
        var body: String

        var path: String { String(target.prefix { $0 != "?" }) }

        func values(_ name: String) -> [String] {
            fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        }
    }

    enum Answer: Sendable {
        case response(Int, String, fields: [String: String])
        /// The connection is closed without a word.
        case hangUp
        /// The announced length is that of all of the body, but only so many bytes of it are sent.
        case cutOff(String, after: Int)

        static func json(_ status: Int = 200, _ body: String, fields: [String: String] = [:]) -> Answer {
            .response(status, body, fields: ["Content-Type": "application/json"].merging(fields) { $1 })
        }

        static func text(_ status: Int, _ body: String, type: String = "text/plain") -> Answer {
            .response(status, body, fields: ["Content-Type": type])
        }

        /// A Kubernetes `Status`.
        static func status(
            _ code: Int,
            _ reason: String,
            _ message: String = "no",
            extra: String = "",
            fields: [String: String] = [:]
        ) -> Answer {
            .json(
                code,
                #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"\#(reason)","message":"\#(message)","code":\#(code)\#(extra)}"#,
                fields: fields
            )
        }
    }

    private let listener: Int32
    private let answer: @Sendable (Request, Int) -> Answer
    private let seen = Mutex<[Request]>([])
    let port: UInt16

    var url: String { "http://127.0.0.1:\(port)" }
    /// The requests so far, in order.
    var requests: [Request] { seen.withLock { $0 } }

    /// Serves while `body` runs.
    ///
    /// - Parameter answer: Gets each request and how many there were before it.
    static func run(
        _ answer: @escaping @Sendable (Request, Int) -> Answer,
        _ body: (FakeAPIServer) async throws -> Void
    ) async throws {
        let server = try FakeAPIServer(answer)
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        Thread {
            server.serve()
            continuation.finish()
        }.start()
        let result: Result<Void, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        shutdown(server.listener, Int32(SHUT_RDWR))
        for await _ in ended {}
        close(server.listener)
        try result.get()
    }

    private init(_ answer: @escaping @Sendable (Request, Int) -> Answer) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isListening = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, size) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, pointer, &size) == 0
            }
        }
        guard isListening else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = UInt16(bigEndian: address.sin_port)
    }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            if let request = readRequest(connection) {
                let number = seen.withLock { requests in
                    requests.append(request)
                    return requests.count - 1
                }
                send(Self.bytes(answer(request, number)), to: connection)
            }
            shutdown(connection, Int32(SHUT_WR))
            close(connection)
        }
    }

    private static func bytes(_ answer: Answer) -> [UInt8] {
        switch answer {
        case .hangUp: return []
        case .cutOff(let body, let length):
            return head(200, ["Content-Type": "application/json"], body) + body.utf8.prefix(length)
        case .response(let status, let body, let fields):
            return head(status, fields, body) + Array(body.utf8)
        }
    }

    private static func head(_ status: Int, _ fields: [String: String], _ body: String) -> [UInt8] {
        let lines = fields.map { "\($0.key): \($0.value)\r\n" }.joined()
        return Array(
            "HTTP/1.1 \(status) X\r\n\(lines)Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n".utf8
        )
    }

    private func send(_ bytes: [UInt8], to connection: Int32) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { part in
                unsafe Glibc.send(connection, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    private func readRequest(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            if let request = Self.request(bytes) { return request }
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
            // TLS, which is not spoken here.
            if bytes.first == 0x16 { return nil }
        }
    }

    /// - Returns: `nil` while the request is not complete.
    private static func request(_ bytes: [UInt8]) -> Request? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        var lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let words = lines.removeFirst().split(separator: " ")
        guard words.count == 3 else { return nil }
        let fields = lines.compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        var request = Request(method: String(words[0]), target: String(words[1]), fields: fields, body: "")
        request.body = String(text[end.upperBound...])
        let length = request.values("Content-Length").first.flatMap { Int($0) } ?? 0
        return request.body.utf8.count >= length ? request : nil
    }
}
