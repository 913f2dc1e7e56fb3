import Foundation
import Glibc
import Subprocess
import SystemPackage
import Testing

/// A real etcd on loopback, for the length of a test.
struct RealEtcd: Sendable {
    static let server = "/usr/bin/etcd"
    static let tool = "/usr/bin/etcdctl"

    /// Whether the tests that need etcd run: where it is missing they are skipped, unless the environment says that
    /// servers are required; then they run, and fail.
    static let mayRun =
        FileManager.default.isExecutableFile(atPath: server) && FileManager.default.isExecutableFile(atPath: tool)
        || ProcessInfo.processInfo.environment["KBACKUP_TEST_REQUIRE_SERVERS"] != nil

    struct NotReady: Error, CustomStringConvertible {
        let log: [String]

        var description: String { "etcd ended before it was ready:\n" + log.suffix(5).joined(separator: "\n") }
    }

    let url: String

    /// Runs etcd while `body` runs, in a folder of its own under `folder`.
    ///
    /// - Parameters:
    ///   - data: A data folder to start on, instead of an empty one.
    ///   - tls: Flags for TLS; with any, the client URL is `https`.
    static func run(
        in folder: URL,
        data: URL? = nil,
        tls: [String] = [],
        _ body: @Sendable (RealEtcd) async throws -> Void
    ) async throws {
        var attempts = 5
        while true {
            do {
                return try await runOnce(in: folder, data: data ?? folder.appending(path: "data"), tls: tls, body)
            } catch let error as NotReady {
                // A port that was free a moment ago can be taken by someone else.
                attempts -= 1
                guard attempts > 0, error.log.contains(where: { $0.contains("address already in use") }) else {
                    throw error
                }
            }
        }
    }

    private static func runOnce(
        in folder: URL,
        data: URL,
        tls: [String],
        _ body: @Sendable (RealEtcd) async throws -> Void
    ) async throws {
        let client = "\(tls.isEmpty ? "http" : "https")://127.0.0.1:\(try freePort())"
        let peer = "http://127.0.0.1:\(try freePort())"
        let arguments =
            [
                "--name=test", "--data-dir=\(data.path)", "--listen-client-urls=\(client)",
                "--advertise-client-urls=\(client)", "--listen-peer-urls=\(peer)",
                "--initial-advertise-peer-urls=\(peer)", "--initial-cluster=test=\(peer)", "--logger=zap",
                "--log-outputs=stderr", "--unsafe-no-fsync",
            ] + tls
        _ = try await Subprocess.run(
            .path(FilePath(server)),
            arguments: Arguments(arguments),
            input: .none,
            output: .discarded,
            error: .sequence
        ) { execution in
            let (ready, continuation) = AsyncStream<Void>.makeStream()
            try await withThrowingTaskGroup(of: [String].self) { group in
                group.addTask {
                    // Read to the end: etcd would stop at a full pipe.
                    var log: [String] = []
                    for try await line in execution.standardError.strings() {
                        if line.contains("serving client traffic") { continuation.yield() }
                        if log.count < 1000 { log.append(String(line)) }
                    }
                    continuation.finish()
                    return log
                }
                var iterator = ready.makeAsyncIterator()
                guard await iterator.next() != nil else {
                    throw NotReady(log: try await group.next() ?? [])
                }
                let result: Result<Void, any Error>
                do {
                    result = .success(try await body(RealEtcd(url: client)))
                } catch {
                    result = .failure(error)
                }
                await execution.teardown(using: [.gracefulShutDown(allowedDurationToNextStep: .seconds(10))])
                try await group.waitForAll()
                try result.get()
            }
        }
    }

    /// Runs etcdctl against this server, and returns what it prints.
    @discardableResult
    func etcdctl(_ arguments: String...) async throws -> String {
        try await Self.etcdctl(["--endpoints=\(url)"] + arguments)
    }

    @discardableResult
    static func etcdctl(_ arguments: [String]) async throws -> String {
        try await output(of: tool, arguments, environment: .inherit.updating(["ETCDCTL_API": "3"]))
    }

    /// Runs `program` and returns what it prints; throws with its error output when it fails.
    @discardableResult
    static func output(
        of program: String,
        _ arguments: [String],
        environment: Subprocess.Environment = .inherit
    ) async throws -> String {
        let result = try await Subprocess.run(
            .path(FilePath(program)),
            arguments: Arguments(arguments),
            environment: environment,
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        try #require(
            result.terminationStatus.isSuccess,
            "\(program) \(arguments.joined(separator: " ")): \(result.standardError)"
        )
        return result.standardOutput
    }

    /// A port that nobody listens on now.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, size) == 0 && getsockname(descriptor, pointer, &size) == 0
            }
        }
        try #require(isBound, "no loopback port is free")
        return UInt16(bigEndian: address.sin_port)
    }
}

/// Makes a folder of its own for `body`, and removes it afterwards.
func withTemporaryFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "kbackup-etcd-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
}
