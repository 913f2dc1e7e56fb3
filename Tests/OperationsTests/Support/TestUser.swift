import Foundation
import Logging
import Synchronization
import SystemPackage

@testable import Operations

/// A user with a home folder of their own, which is removed at the end, and a clock that stands still.
final class TestUser: Sendable {
    static let now = Date(timeIntervalSince1970: 1_795_342_530)  // 2026-11-22T10:15:30Z

    let home: FilePath
    private let heard = Mutex<[OperationContext.Notice]>([])

    /// What the user was told.
    var notices: [OperationContext.Notice] { heard.withLock { $0 } }
    var warnings: [String] {
        notices.compactMap { if case .warning(let text) = $0 { text } else { nil } }
    }

    private init(home: FilePath) { self.home = home }

    static func with(_ body: (TestUser) async throws -> Void) async throws {
        let home = FilePath(NSTemporaryDirectory()).appending("kbackup-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: home.string, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: home.string) }
        try await body(TestUser(home: home))
    }

    func context(
        _ variables: [String: String] = [:],
        answers: (@Sendable (String) async throws -> String)? = nil
    ) -> OperationContext {
        let environment = ["HOME": home.string].merging(variables) { _, new in new }
        return OperationContext(
            environment: environment,
            folders: UserFolders(environment: environment),
            workingFolder: home.appending("desk"),
            now: { Self.now },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            notify: { notice in self.heard.withLock { $0.append(notice) } },
            askPassphrase: answers
        )
    }

    func settings(
        flags: [Setting: [String]] = [:],
        variables: [String: String] = [:],
        answers: (@Sendable (String) async throws -> String)? = nil
    ) throws -> Settings {
        try Settings(context: context(variables, answers: answers), flags: flags)
    }

    var configurationFile: FilePath { home.appending(".config/kbackup/config.yaml") }

    func configure(_ text: String) throws { try write(text, to: configurationFile) }

    func write(_ text: String, to path: FilePath, mode: Int = 0o600) throws {
        try FileManager.default.createDirectory(
            atPath: path.removingLastComponent().string,
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: URL(filePath: path.string))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path.string)
    }

    func read(_ path: FilePath) throws -> String { try String(contentsOfFile: path.string, encoding: .utf8) }

    func mode(_ path: FilePath) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path.string)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }

    func exists(_ path: FilePath) -> Bool { FileManager.default.fileExists(atPath: path.string) }
}

/// Swift Testing has an `ExitStatus` of its own.
typealias Status = Operations.ExitStatus
