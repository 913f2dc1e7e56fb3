import Glibc
import Synchronization

/// One connection of a ``ServerSocket``, with blocking calls.
final class ServerConnection: Sendable {
    struct Closed: Error {}

    /// A request as it came over the wire.
    struct Request: Sendable {
        let line: String
        /// The lines of the head after the first, as they came.
        let headerLines: [String]

        var method: String { String(line.prefix { $0 != " " }) }
        var target: String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }

        func header(_ name: String) -> String? {
            let prefix = "\(name.lowercased()):"
            return headerLines.first { $0.lowercased().hasPrefix(prefix) }
                .map { String($0.dropFirst(prefix.count).drop { $0 == " " }) }
        }
    }

    private struct State {
        var descriptor: Int32
        var unread: [UInt8] = []
    }

    /// 1 for the first connection that the server accepted.
    let number: Int
    private let descriptor: Int32
    private let state: Mutex<State>
    private let written = Atomic(0)

    init(_ descriptor: Int32, number: Int) {
        self.descriptor = descriptor
        self.number = number
        state = Mutex(State(descriptor: descriptor))
    }

    /// How many bytes the client's side has taken so far.
    var writtenCount: Int { written.load(ordering: .acquiring) }

    // MARK: Reading

    /// Some bytes; empty when the client has closed.
    func read(atMost count: Int = 1 << 16) throws -> [UInt8] {
        let kept = state.withLock { state in
            let kept = Array(state.unread.prefix(count))
            state.unread.removeFirst(kept.count)
            return kept
        }
        if !kept.isEmpty { return kept }
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let received = unsafe recv(descriptor, buffer.baseAddress, count, 0)
            failed = received < 0
            filled = max(0, received)
        }
        if failed { throw Closed() }
        return bytes
    }

    func read(exactly count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try read(atMost: count - bytes.count)
            if more.isEmpty { throw Closed() }
            bytes += more
        }
        return bytes
    }

    /// Up to and including the next line break, which is not returned.
    func readLine() throws -> String {
        var line: [UInt8] = []
        while true {
            let byte = try read(exactly: 1)
            if byte[0] == 0x0a { break }
            line += byte
        }
        if line.last == 0x0d { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }

    func readHead() throws -> Request {
        // In large pieces; what comes after the head is kept.
        var bytes: [UInt8] = []
        let end: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a]
        while true {
            let more = try read()
            if more.isEmpty { throw Closed() }
            bytes += more
            guard let found = bytes.firstRange(of: end) else { continue }
            let rest = bytes[found.upperBound...]
            state.withLock { $0.unread = rest + $0.unread }
            var lines = String(decoding: bytes[..<found.lowerBound], as: UTF8.self)
                .split(separator: "\r\n").map(String.init)
            return Request(line: lines.removeFirst(), headerLines: lines)
        }
    }

    /// Reads the body of `request`, by its Content-Length or in chunks.
    func readBody(of request: Request) throws -> [UInt8] {
        if request.header("Transfer-Encoding") == "chunked" {
            var body: [UInt8] = []
            while let size = Int(try readLine(), radix: 16) {
                body += try read(exactly: size)
                _ = try readLine()
                if size == 0 { return body }
            }
            throw Closed()
        }
        return try read(exactly: request.header("Content-Length").flatMap { Int($0) } ?? 0)
    }

    /// Waits until the client closes its side.
    func waitForClose() {
        while let bytes = try? read(), !bytes.isEmpty {}
    }

    // MARK: Writing

    func write(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            let sent = unsafe bytes.withUnsafeBytes { buffer in
                unsafe send(
                    descriptor,
                    buffer.baseAddress.map { unsafe $0 + offset },
                    bytes.count - offset,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard sent > 0 else { throw Closed() }
            offset += sent
            written.add(sent, ordering: .acquiringAndReleasing)
        }
    }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// A whole response with a Content-Length.
    func respond(_ status: String = "200 OK", fields: [String] = [], body: String = "") throws {
        let head = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + fields
        try write(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    // MARK: The end

    /// Ends the connection with a TCP reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        close()
    }

    func close() {
        let open = state.withLock { state in
            defer { state.descriptor = -1 }
            return state.descriptor
        }
        if open >= 0 { _ = Glibc.close(open) }
    }

    /// Wakes a thread that is blocked in a call on this connection.
    func disconnect() {
        state.withLock { state in
            if state.descriptor >= 0 { _ = shutdown(state.descriptor, Int32(SHUT_RDWR)) }
        }
    }
}
