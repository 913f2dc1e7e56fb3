import Foundation
import Glibc
import Synchronization

/// An S3 server on loopback with one bucket, `backups`, which it keeps in memory.
final class FakeBucket: Sendable {
    /// What it makes of `If-None-Match`.
    enum Conditions: Sendable {
        case known, ignored, refused
    }

    private struct Request {
        var method: String
        var path: String
        var query: String
        /// By their names in lower case.
        var fields: [String: String]
        var body: Data
    }

    private struct Object {
        var body: Data
        var mark: String?
        var tag: String
        /// Mode and end of the time for which it is kept.
        var lock: String?
    }

    private let listener: Int32
    private let conditions: Conditions
    private let objects = Mutex<[String: Object]>([:])
    private let written = Mutex<[String]>([])
    private let isReadOnly = Mutex(false)
    private let objectLock = Mutex(false)
    let port: UInt16

    var url: String { "http://127.0.0.1:\(port)" }

    /// The keys of all objects.
    var keys: [String] { objects.withLock { $0.keys.sorted() } }

    /// The keys of all writes that were asked for, in order.
    var writes: [String] { written.withLock { $0 } }

    /// Puts an object there that is not ours.
    func put(_ text: String, at key: String) {
        objects.withLock { $0[key] = Object(body: Data(text.utf8), mark: nil, tag: "other") }
    }
    /// From now on, the bucket can keep objects from deletion.
    func turnObjectLockOn() { objectLock.withLock { $0 = true } }

    /// How each object is kept from deletion.
    var locks: [String: String] { objects.withLock { $0.compactMapValues(\.lock) } }

    /// From now on, whoever asks may not write.
    func becomeReadOnly() { isReadOnly.withLock { $0 = true } }

    /// Serves while `body` runs.
    static func run(_ conditions: Conditions, _ body: (FakeBucket) async throws -> Void) async throws {
        let bucket = try FakeBucket(conditions)
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        Thread {
            bucket.serve()
            continuation.finish()
        }.start()
        let result: Result<Void, any Error>
        do { result = .success(try await body(bucket)) } catch { result = .failure(error) }
        shutdown(bucket.listener, Int32(SHUT_RDWR))
        for await _ in ended {}
        close(bucket.listener)
        try result.get()
    }

    private init(_ conditions: Conditions) throws {
        self.conditions = conditions
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
            if let request = read(connection) { send(response(to: request), to: connection) }
            shutdown(connection, Int32(SHUT_WR))
            close(connection)
        }
    }

    // MARK: - S3

    private func response(to request: Request) -> Data {
        let key = String(request.path.dropFirst("/backups/".count))
        if request.query.contains("list-type=2") { return list(request) }
        if request.method == "PUT" { written.withLock { $0.append(key) } }
        if request.method != "GET", request.method != "HEAD", isReadOnly.withLock({ $0 }) {
            return error(403, "AccessDenied")
        }
        if request.query.hasPrefix("object-lock") {
            guard objectLock.withLock({ $0 }) else { return error(404, "ObjectLockConfigurationNotFoundError") }
            let text =
                "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
            return answer(200, [:], Data(text.utf8))
        }
        switch request.method {
        case "PUT" where request.query.hasPrefix("retention"):
            objects.withLock { $0[key]?.lock = String(decoding: request.body, as: UTF8.self) }
            return answer(200)
        case "PUT":
            let isConditional = request.fields["if-none-match"] != nil
            if isConditional, conditions == .refused { return error(501, "NotImplemented") }
            return objects.withLock { objects in
                if isConditional, conditions == .known, objects[key] != nil { return error(412, "PreconditionFailed") }
                let object = Object(
                    body: request.body,
                    mark: request.fields["x-amz-meta-kbackup-write"],
                    tag: UUID().uuidString,
                    lock: request.fields["x-amz-object-lock-mode"].map {
                        "\($0) \(request.fields["x-amz-object-lock-retain-until-date"] ?? "")"
                    }
                )
                objects[key] = object
                return answer(200, ["ETag": "\"\(object.tag)\""])
            }
        case "GET", "HEAD":
            guard let object = objects.withLock({ $0[key] }) else { return error(404, "NoSuchKey") }
            return get(object, request)
        case "DELETE":
            objects.withLock { $0[key] = nil }
            return answer(204)
        default:
            return error(405, "MethodNotAllowed")
        }
    }

    private func get(_ object: Object, _ request: Request) -> Data {
        var fields = ["ETag": "\"\(object.tag)\"", "Last-Modified": "Sun, 22 Nov 2026 10:15:30 GMT"]
        fields["x-amz-meta-kbackup-write"] = object.mark
        let size = object.body.count
        var bytes = object.body[...]
        if let range = request.fields["range"]?.dropFirst("bytes=".count).split(
            separator: "-",
            omittingEmptySubsequences: false
        ), let last = Int(range[1]) {
            bytes = range[0].isEmpty ? bytes.suffix(last) : bytes[(Int(range[0]) ?? 0)...min(last, size - 1)]
            fields["Content-Range"] = "bytes \(bytes.startIndex)-\(bytes.endIndex - 1)/\(size)"
        }
        return answer(bytes.count == size ? 200 : 206, fields, Data(bytes), isHead: request.method == "HEAD")
    }

    private func list(_ request: Request) -> Data {
        let prefix =
            request.query.split(separator: "&").first { $0.hasPrefix("prefix=") }
            .flatMap { String($0.dropFirst("prefix=".count)).removingPercentEncoding } ?? ""
        let entries = objects.withLock { $0 }.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }
            .map { key, object in
                "<Contents><Key>\(key)</Key><Size>\(object.body.count)</Size><ETag>\(object.tag)</ETag>"
                    + "<LastModified>2026-11-22T10:15:30.000Z</LastModified></Contents>"
            }
        let document = "<ListBucketResult><IsTruncated>false</IsTruncated>\(entries.joined())</ListBucketResult>"
        return answer(200, [:], Data(document.utf8))
    }

    private func error(_ status: Int, _ code: String) -> Data {
        answer(status, [:], Data("<Error><Code>\(code)</Code><Message>no</Message></Error>".utf8))
    }

    // MARK: - HTTP

    private func answer(
        _ status: Int,
        _ fields: [String: String] = [:],
        _ body: Data = Data(),
        isHead: Bool = false
    ) -> Data {
        var lines = ["HTTP/1.1 \(status) X", "Connection: close"]
        if status != 204 { lines.append("Content-Length: \(body.count)") }
        lines += fields.map { "\($0.key): \($0.value)" }
        return Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (isHead ? Data() : body)
    }

    private func send(_ bytes: Data, to connection: Int32) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { part in
                unsafe Glibc.send(connection, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func read(_ connection: Int32) -> Request? {
        var bytes = Data()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var head: Request?
        while true {
            let separator = Data("\r\n\r\n".utf8)
            if head == nil, let end = bytes.firstRange(of: separator) {
                head = Self.head(String(decoding: bytes[..<end.lowerBound], as: UTF8.self))
                bytes = Data(bytes[end.upperBound...])
                let expectation = "HTTP/1.1 100 Continue\r\n\r\n"
                if head?.fields["expect"] != nil { send(Data(expectation.utf8), to: connection) }
            }
            if var request = head, bytes.count >= request.fields["content-length"].flatMap({ Int($0) }) ?? 0 {
                request.body = bytes
                return request
            }
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    private static func head(_ text: String) -> Request {
        let lines = text.split(separator: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        let target = words[1].split(separator: "?", maxSplits: 1).map(String.init)
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        return Request(
            method: words[0],
            path: target[0].removingPercentEncoding ?? target[0],
            query: target.count > 1 ? target[1] : "",
            fields: fields,
            body: Data()
        )
    }
}
