import Foundation
import Glibc
import Synchronization

/// An HTTP server on loopback that says what a test wrote down, byte for byte, and closes the connection after that.
///
/// For faults that a real etcd cannot be made to show.
final class ScriptedServer: Sendable {
    /// What to send for each request line, such as `POST /v3/maintenance/status`; anything else gets a 404.
    typealias Script = [String: [UInt8]]

    private let listener: Int32
    private let script: Script
    private let state = Mutex<(requests: [String], hasEnded: Bool)>(([], false))
    let port: UInt16

    var url: String { "http://127.0.0.1:\(port)" }
    /// Heads of the requests so far.
    var requests: [String] { state.withLock { $0.requests } }

    /// Serves `script` while `body` runs.
    static func run(_ script: Script, _ body: (ScriptedServer) async throws -> Void) async throws {
        let server = try ScriptedServer(script)
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        let thread = Thread {
            server.serve()
            continuation.finish()
        }
        thread.start()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        shutdown(server.listener, Int32(SHUT_RDWR))
        for await _ in ended {}
        close(server.listener)
        try result.get()
    }

    private init(_ script: Script) throws {
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isListening = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, size) == 0 && listen(descriptor, 16) == 0
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
            let head = readRequest(connection)
            state.withLock { $0.requests.append(head) }
            let line = head.split(separator: " ").prefix(2).joined(separator: " ")
            let answer = script[line] ?? Self.response(404, "404 page not found\n")
            var sent = 0
            while sent < answer.count {
                let count = unsafe answer.withUnsafeBytes { bytes in
                    unsafe send(
                        connection,
                        bytes.baseAddress.map { unsafe $0 + sent },
                        answer.count - sent,
                        Int32(MSG_NOSIGNAL)
                    )
                }
                guard count > 0 else { break }
                sent += count
            }
            shutdown(connection, Int32(SHUT_WR))
            close(connection)
        }
    }

    /// Reads one request with its body, so that closing the connection does not reset it.
    private func readRequest(_ connection: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let length =
                    text[..<end.lowerBound].lowercased().split(separator: "\r\n")
                    .first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                if text[end.upperBound...].utf8.count >= length {
                    return String(text[..<end.lowerBound])
                }
            }
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return text }
            bytes += buffer[..<count]
        }
    }

    /// A whole response.
    static func response(_ status: Int, _ body: String) -> [UInt8] {
        Array(
            "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
                .utf8
        ) + Array("Connection: close\r\n\r\n\(body)".utf8)
    }

    /// A response in chunked transfer coding, as the gateway sends streams.
    ///
    /// - Parameter isWhole: Whether the chunk that ends it is sent, too.
    static func chunked(_ pieces: [[UInt8]], isWhole: Bool = true) -> [UInt8] {
        var bytes = Array(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                .utf8
        )
        for piece in pieces {
            bytes += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8)
        }
        return bytes + (isWhole ? Array("0\r\n\r\n".utf8) : [])
    }
}
