import Foundation
import Glibc
import Synchronization

/// Answers requests on loopback by their path, as an API server with few objects would: reads, and creates.
final class ScriptedCluster: Sendable {
    private struct Request {
        var method: String
        /// Without the query.
        var path: String
        var body: String
    }

    private let listener: Int32
    private let answers: Mutex<[String: String]>
    private let creating = Mutex<(@Sendable (_ path: String) -> Int?)?>(nil)
    let port: UInt16

    /// Serves while `body` runs.
    static func run(_ body: (ScriptedCluster) async throws -> Void) async throws {
        let cluster = try ScriptedCluster()
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        Thread {
            cluster.serve()
            continuation.finish()
        }.start()
        let result: Result<Void, any Error>
        do { result = .success(try await body(cluster)) } catch { result = .failure(error) }
        shutdown(cluster.listener, Int32(SHUT_RDWR))
        for await _ in ended {}
        close(cluster.listener)
        try result.get()
    }

    /// Changes what is answered to a path; `nil` answers 404.
    func answer(_ path: String, with body: String?) { answers.withLock { $0[path] = body } }

    /// Calls `body` before each create with the path of the collection; a status that it returns is answered instead.
    func beforeCreates(_ body: (@Sendable (_ path: String) -> Int?)?) { creating.withLock { $0 = body } }

    var kubeconfig: String {
        """
        apiVersion: v1
        kind: Config
        current-context: test
        contexts: [{name: test, context: {cluster: test, user: test}}]
        clusters: [{name: test, cluster: {server: "http://127.0.0.1:\(port)"}}]
        users: [{name: test, user: {}}]
        """
    }

    private static let start: [String: String] = [
        "/version": #"{"major":"1","minor":"20","gitVersion":"v1.20.2","platform":"linux/amd64"}"#,
        "/api": #"{"kind":"APIVersions","versions":["v1"]}"#,
        "/apis": """
        {"kind":"APIGroupList","groups":[{"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}],
        "preferredVersion":{"groupVersion":"apps/v1","version":"v1"}}]}
        """,
        "/api/v1": """
        {"kind":"APIResourceList","groupVersion":"v1","resources":[
        {"name":"configmaps","singularName":"","namespaced":true,"kind":"ConfigMap","verbs":["get","list","create"],"shortNames":["cm"]},
        {"name":"namespaces","singularName":"","namespaced":false,"kind":"Namespace","verbs":["get","list","create"],"shortNames":["ns"]}]}
        """,
        "/apis/apps/v1": """
        {"kind":"APIResourceList","groupVersion":"apps/v1","resources":[
        {"name":"deployments","singularName":"","namespaced":true,"kind":"Deployment","verbs":["get","list","create"],"shortNames":["deploy"]}]}
        """,
        "/api/v1/namespaces/kube-system":
            #"{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"kube-system","uid":"11111111-aaaa"}}"#,
        "/api/v1/namespaces": """
        {"kind":"NamespaceList","apiVersion":"v1","metadata":{"resourceVersion":"100"},"items":[
        {"metadata":{"name":"kube-system","uid":"11111111-aaaa"}},{"metadata":{"name":"shop","uid":"2"}}]}
        """,
        "/api/v1/configmaps": """
        {"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"100"},"items":[
        {"metadata":{"name":"settings","namespace":"shop","uid":"3"},"data":{"on":"yes"}}]}
        """,
        "/apis/apps/v1/deployments": """
        {"kind":"DeploymentList","apiVersion":"apps/v1","metadata":{"resourceVersion":"100"},"items":[
        {"metadata":{"name":"web","namespace":"shop","uid":"4"},"spec":{"replicas":2}}]}
        """,
    ]

    private init() throws {
        answers = Mutex(Self.start)
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

    private func response(to request: Request) -> String {
        if request.method == "POST" { return create(request) }
        guard let body = answers.withLock({ $0[request.path] }) else { return refusal(404, "NotFound") }
        return answer(200, body)
    }

    private func create(_ request: Request) -> String {
        if let status = creating.withLock({ $0 })?(request.path) { return refusal(status, "Refused") }
        let object = try? JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any]
        let name = (object?["metadata"] as? [String: Any])?["name"] as? String ?? ""
        let isNew = answers.withLock { answers in
            let path = "\(request.path)/\(name)"
            guard answers[path] == nil else { return false }
            answers[path] = request.body
            return true
        }
        return isNew ? answer(201, request.body) : refusal(409, "AlreadyExists")
    }

    private func refusal(_ status: Int, _ reason: String) -> String {
        answer(
            status,
            #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"\#(reason)","code":\#(status)}"#
        )
    }

    private func answer(_ status: Int, _ body: String) -> String {
        "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
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

    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            if let request = Self.request(bytes) { return request }
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }

    /// - Returns: `nil` as long as something of the request is missing.
    private static func request(_ bytes: [UInt8]) -> Request? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces)) }
        let body = bytes[end.upperBound...]
        let words = head.split(separator: " ")
        guard body.count >= length ?? 0, words.count > 1 else { return nil }
        return Request(
            method: String(words[0]),
            path: String(words[1].prefix { $0 != "?" }),
            body: String(decoding: body, as: UTF8.self)
        )
    }
}
