import Foundation
import Operations
import Synchronization
import SystemPackage

@testable import KBackupCommands

/// Runs command lines in a home folder of its own, with a clock that stands still.
final class TestShell: Sendable {
    static let now = Date(timeIntervalSince1970: 1_795_342_530)  // 2026-11-22T10:15:30Z

    /// What one command line left behind.
    struct Result {
        var status: Operations.ExitStatus
        var output: String
        var errors: String
    }

    /// Collects what is written.
    final class Sink: TextSink {
        private let collected = Mutex("")
        let isClosed: Bool

        init(isClosed: Bool = false) { self.isClosed = isClosed }

        var text: String { collected.withLock { $0 } }

        func write(_ text: String) throws {
            if isClosed { throw OutputClosed() }
            collected.withLock { $0 += text }
        }
    }

    let home: FilePath

    /// What the clock says.
    private let now: Date

    private init(home: FilePath, now: Date = TestShell.now) {
        self.home = home
        self.now = now
    }

    /// The same shell, long after every file was written that tests write.
    var later: TestShell { TestShell(home: home, now: Date(timeIntervalSince1970: 8_589_934_592)) }

    static func with(_ body: (TestShell) async throws -> Void) async throws {
        let home = FilePath(NSTemporaryDirectory()).appending("kbackup-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: home.string, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: home.string) }
        try await body(TestShell(home: home))
    }

    /// The same, with a kubeconfig for a cluster of few objects.
    static func withCluster(_ body: (TestShell, ScriptedCluster) async throws -> Void) async throws {
        try await ScriptedCluster.run { cluster in
            try await with { shell in
                try shell.write(cluster.kubeconfig, to: ".kube/config")
                try await body(shell, cluster)
            }
        }
    }

    /// - Parameters:
    ///   - line: Arguments, separated by spaces.
    ///   - answer: What is typed at the terminal; `nil`: there is none.
    ///   - watched: Whether standard error is a terminal.
    func run(
        _ line: String,
        _ variables: [String: String] = [:],
        answer: String? = nil,
        watched: Bool = false,
        output: Sink = Sink()
    ) async -> Result {
        let arguments = line.split(separator: " ").map(String.init)
        return await run(arguments, variables, answer: answer, watched: watched, output: output)
    }

    /// The same, for arguments that are empty or have spaces.
    func run(
        _ arguments: [String],
        _ variables: [String: String] = [:],
        answer: String? = nil,
        watched: Bool = false,
        output: Sink = Sink()
    ) async -> Result {
        let errors = Sink()
        var context = CommandContext(
            environment: ["HOME": home.string].merging(variables) { _, new in new },
            workingFolder: home,
            now: { [now] in now },
            standardOutput: output,
            messages: MessageWriter(errors),
            showsProgress: watched
        )
        if let answer {
            let reply: @Sendable (String) async throws -> String = { question in
                try errors.write(question)
                return answer
            }
            context.ask = reply
            context.askSecret = reply
        }
        let status = await CommandRunner(context).run(arguments)
        return Result(status: status, output: clean(output.text), errors: clean(errors.text))
    }

    /// Texts for golden files: without the name of the folder.
    private func clean(_ text: String) -> String { text.replacing(home.string, with: "/home/ann") }

    func write(_ text: String, to path: String) throws {
        let path = home.appending(path)
        try FileManager.default.createDirectory(
            atPath: path.removingLastComponent().string,
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: URL(filePath: path.string))
    }

    func read(_ path: String) throws -> String {
        clean(try String(contentsOfFile: home.appending(path).string, encoding: .utf8))
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: home.appending(path).string) }
}
