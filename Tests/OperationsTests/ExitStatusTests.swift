import BackupEngine
import Etcd
import Foundation
import KubeAPI
import ObjectStore
import Repository
import RestoreEngine
import Testing

@testable import Operations

@Suite("Exit status")
struct ExitStatusTests {
    @Test("Numbers are those of the design")
    func numbers() {
        #expect(Status.allCases.map(\.rawValue) == [0, 1, 3, 4, 5, 6, 64, 130])
    }

    @Test(
        "Errors of every module lead to the status that their code stands for",
        arguments: [
            (OperationError(.usage, "x"), .usage),
            (OperationError(.notFound, "x"), .notFound),
            (OperationError(.conflict, "x"), .conflict),
            (OperationError(.accessDenied, "x"), .accessDenied),
            (OperationError(.partial, "x"), .partial),
            (OperationError(.failed, "x"), .failed),
            (OperationError(.interrupted, "x"), .interrupted),
            (RepositoryError(.notFound, "x"), .notFound),
            (RepositoryError(.backupNotFound, "x"), .notFound),
            (RepositoryError(.alreadyExists, "x"), .conflict),
            (RepositoryError(.nameTaken, "x"), .conflict),
            (RepositoryError(.otherFormat, "x"), .conflict),
            (RepositoryError(.wrongKey, "x"), .accessDenied),
            (RepositoryError(.damaged, "x"), .failed),
            (ObjectStoreError(.notFound, "x"), .notFound),
            (ObjectStoreError(.locationNotFound, "x"), .notFound),
            (ObjectStoreError(.conflict, "x"), .conflict),
            (ObjectStoreError(.accessDenied, "x"), .accessDenied),
            (ObjectStoreError(.misconfigured, "x"), .failed),
            (ObjectStoreError(.unavailable, "x"), .failed),
            (ObjectStoreError(.full, "x"), .failed),
            (KubeAPIError(.notFound, "x"), .notFound),
            (KubeAPIError(.unauthorized, "x"), .accessDenied),
            (KubeAPIError(.forbidden, "x"), .accessDenied),
            (KubeAPIError(.credentials, "x"), .accessDenied),
            (KubeAPIError(.configuration, "x"), .usage),
            (KubeAPIError(.unreachable, "x"), .failed),
            (KubeAPIError(.notKubernetes, "x"), .failed),
            (EtcdError(.accessDenied, "x"), .accessDenied),
            (EtcdError(.invalidConfiguration, "x"), .usage),
            (EtcdError(.truncated, "x"), .failed),
            (RestoreError(.notFound, "x"), .notFound),
            (RestoreError(.invalidSpec, "x"), .usage),
            (CancellationError(), .interrupted),
            (POSIXError(.EIO), .failed),
        ] as [(any Error & Sendable, Status)]
    )
    func mapping(error: any Error & Sendable, status: Status) {
        #expect(Status(of: error) == status)
    }

    @Test("docs/exit-codes.md has the same table")
    func documentation() throws {
        let text = try Documentation.read("exit-codes.md")
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        #expect(rows == Status.allCases.map { "| `\($0.rawValue)` | \($0.meaning) |" })
    }
}

/// The folder `docs` of the package.
enum Documentation {
    static func read(_ name: String, file: String = #filePath) throws -> String {
        let package = URL(filePath: file).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: package.appending(path: "docs/\(name)"), encoding: .utf8)
    }
}
