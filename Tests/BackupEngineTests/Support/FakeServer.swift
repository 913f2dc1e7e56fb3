import Foundation
import Glibc
import Synchronization

/// Answers GET requests on loopback as a test says; each connection serves one.
final class FakeServer: Sendable {
    struct Request: Sendable {
        /// With the query.
        let target: String

        var path: String { String(target.prefix { $0 != "?" }).removingPercentEncoding ?? "" }

        /// A parameter of the query.
        func query(_ name: String) -> String? {
            URLComponents(string: target)?.queryItems?.first { $0.name == name }?.value
        }
    }

    struct Answer: Sendable {
        var status = 200
        let body: String

        /// A Kubernetes `Status`.
        static func failure(_ status: Int, _ reason: String) -> Answer {
            Answer(
                status: status,
                body:
                    #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"\#(reason)","code":\#(status)}"#
            )
        }
    }

    private let listener: Int32
    private let answer: @Sendable (Request) -> Answer
    private let seen = Mutex<[Request]>([])
    let port: UInt16

    /// The requests so far, in order.
    var requests: [Request] { seen.withLock { $0 } }

    /// Serves while `body` runs.
    static func run<Value: Sendable>(
        _ answer: @escaping @Sendable (Request) -> Answer,
        _ body: (FakeServer) async throws -> Value
    ) async throws -> Value {
        let server = try FakeServer(answer)
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        Thread {
            server.serve()
            continuation.finish()
        }.start()
        let result: Result<Value, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        shutdown(server.listener, Int32(SHUT_RDWR))
        for await _ in ended {}
        close(server.listener)
        return try result.get()
    }

    private init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
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
            if let request = read(connection) {
                seen.withLock { $0.append(request) }
                let answer = answer(request)
                send(
                    "HTTP/1.1 \(answer.status) X\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(answer.body.utf8.count)\r\nConnection: close\r\n\r\n\(answer.body)",
                    to: connection
                )
            }
            shutdown(connection, Int32(SHUT_WR))
            close(connection)
        }
    }

    private func send(_ text: String, to connection: Int32) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { part in
                unsafe Glibc.send(connection, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Reads the head of a request, which has no body.
    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        return words.count > 1 ? Request(target: String(words[1])) : nil
    }
}
