import Dispatch
import Foundation
import Glibc
import Synchronization

/// An HTTP server on loopback that does what a test tells it, faults included; each connection serves one request.
///
/// For what a real server cannot be made to do.
final class FakeServer: Sendable {
    struct Request: Sendable {
        let method: String
        let path: String
        let query: String
        /// By their names in lower case.
        let fields: [String: String]
        let body: [UInt8]
    }

    enum Reply: Sendable {
        case response(Int, [String: String] = [:], [UInt8] = [])
        /// The head says that there are more bytes than these; then the connection ends.
        case truncated(Int, [String: String] = [:], [UInt8], missing: Int)
        /// The connection is reset without an answer.
        case reset

        static func text(_ status: Int, _ body: String, _ fields: [String: String] = [:]) -> Reply {
            .response(status, fields, Array(body.utf8))
        }

        /// An error as S3 sends it.
        static func error(_ status: Int, _ code: String, _ more: String = "", fields: [String: String] = [:]) -> Reply {
            .text(
                status,
                "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>Said by a test.</Message>\(more)</Error>",
                fields
            )
        }
    }

    private let listener: Int32
    private let handler: @Sendable (Request) -> Reply
    private let connections = DispatchGroup()
    private let received = Mutex<[Request]>([])
    let port: UInt16

    var url: String { "http://127.0.0.1:\(port)" }
    /// What was asked so far, in the order it came in.
    var requests: [Request] { received.withLock { $0 } }
    /// Method and, if there is one, query of each request: `PUT partNumber=1&uploadId=u`.
    var log: [String] { requests.map { $0.query.isEmpty ? $0.method : "\($0.method) \($0.query)" } }

    /// Answers with `handler` while `body` runs.
    ///
    /// The handler may be called from several threads at once.
    static func run<Value: Sendable>(
        _ handler: @escaping @Sendable (Request) -> Reply,
        _ body: (FakeServer) async throws -> Value
    ) async throws -> Value {
        let server = try FakeServer(handler)
        server.start()
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        shutdown(server.listener, Int32(SHUT_RDWR))
        await withCheckedContinuation { continuation in
            server.connections.notify(queue: .global()) { continuation.resume() }
        }
        close(server.listener)
        return try result.get()
    }

    /// Answers the first requests with `replies`, and all further ones with the last of them.
    static func run<Value: Sendable>(
        _ replies: [Reply],
        _ body: (FakeServer) async throws -> Value
    ) async throws -> Value {
        let next = Atomic(0)
        return try await run(
            { _ in
                replies[min(next.add(1, ordering: .relaxed).oldValue, replies.count - 1)]
            },
            body
        )
    }

    private init(_ handler: @escaping @Sendable (Request) -> Reply) throws {
        self.handler = handler
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

    private func start() {
        connections.enter()
        Thread.detachNewThread { [self] in
            defer { connections.leave() }
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                connections.enter()
                Thread.detachNewThread { [self] in
                    defer { connections.leave() }
                    if let request = Self.read(connection) {
                        received.withLock { $0.append(request) }
                        Self.send(handler(request), connection, isHead: request.method == "HEAD")
                    }
                    close(connection)
                }
            }
        }
    }

    // MARK: - HTTP

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        while bytes.count < 4 || !bytes.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard let byte = receive(connection, 1)?.first else { return nil }
            bytes.append(byte)
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        if fields["expect"] != nil { write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), connection) }
        let length = fields["content-length"].flatMap { Int($0) } ?? 0
        var body: [UInt8] = []
        while body.count < length {
            guard let more = receive(connection, length - body.count) else { return nil }
            body += more
        }
        let target = words[1].split(separator: "?", maxSplits: 1).map(String.init)
        return Request(
            method: words[0],
            path: target[0],
            query: target.count > 1 ? target[1] : "",
            fields: fields,
            body: body
        )
    }

    private static func receive(_ connection: Int32, _ count: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: min(count, 1 << 16))
        let received = unsafe recv(connection, &buffer, buffer.count, 0)
        return received > 0 ? Array(buffer[..<received]) : nil
    }

    private static func send(_ reply: Reply, _ connection: Int32, isHead: Bool) {
        switch reply {
        case .response(let status, let fields, let body):
            write(head(status, fields, length: body.count) + (isHead ? [] : body), connection)
            shutdown(connection, Int32(SHUT_WR))
        case .truncated(let status, let fields, let body, let missing):
            write(head(status, fields, length: body.count + missing) + body, connection)
            shutdown(connection, Int32(SHUT_WR))
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            unsafe setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        }
    }

    private static func head(_ status: Int, _ fields: [String: String], length: Int) -> [UInt8] {
        var lines = ["HTTP/1.1 \(status) X", "Connection: close"]
        if fields["Content-Length"] == nil, status != 204 { lines.append("Content-Length: \(length)") }
        lines += fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private static func write(_ bytes: [UInt8], _ connection: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.send(connection, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }
}
