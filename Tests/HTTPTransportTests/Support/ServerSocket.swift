import Foundation
import Glibc
import Synchronization

/// A listening TCP server on 127.0.0.1 that does to every connection what a test says, on a thread of its own.
final class ServerSocket: Sendable {
    typealias Handler = @Sendable (ServerConnection) throws -> Void

    struct SocketError: Error {
        let call: String
        let code = errno
    }

    let port: Int
    private let descriptor: Int32
    private let connections = Mutex<[ServerConnection]>([])
    private let accepted = Atomic(0)

    /// How many connections were made.
    var connectionCount: Int { accepted.load(ordering: .acquiring) }

    var url: String { "http://127.0.0.1:\(port)" }

    init(_ handler: @escaping Handler) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError(call: "socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, length) == 0 && listen(descriptor, 512) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard isListening else { throw SocketError(call: "listen") }
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in accept(handler) }
    }

    /// Ends the listener and every connection, which ends the threads.
    func stop() {
        // Closed by the thread that accepts: the number may belong to another test's socket a moment later.
        shutdown(descriptor, Int32(SHUT_RDWR))
        for connection in connections.withLock({ $0 }) { connection.disconnect() }
    }

    private func accept(_ handler: @escaping Handler) {
        defer { close(descriptor) }
        while true {
            let client = Glibc.accept(descriptor, nil, nil)
            guard client >= 0 else { return }
            let number = accepted.add(1, ordering: .acquiringAndReleasing).newValue
            let connection = ServerConnection(client, number: number)
            connections.withLock { $0.append(connection) }
            Thread.detachNewThread {
                // What a test server's connection ends with is up to the client under test.
                try? handler(connection)
                connection.close()
            }
        }
    }
}

/// Runs `body` against a server that hands every connection to `handler`.
func withServer<Result>(
    _ handler: @escaping ServerSocket.Handler,
    _ body: (ServerSocket) async throws -> Result
) async throws -> Result {
    let server = try ServerSocket(handler)
    defer { server.stop() }
    return try await body(server)
}
