import BackupEngine
import Crypto
import Foundation
import SystemPackage
import Testing

@testable import Operations

@Suite("Etcd snapshot of a backup")
struct WriteEtcdSnapshotTests {
    private static let database = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 4096) }

    private func write(_ user: TestUser, to path: String, force: Bool = false) async throws {
        let settings = try user.settings()
        _ = try await WriteEtcdSnapshot("nightly", cluster: nil, to: .file(path, overwrites: force), settings: settings)
            .run()
    }

    private func prepare(_ user: TestUser, database: [UInt8]? = database) async throws {
        var sample = SampleBackup.small
        sample.database = database
        try await sample.write(to: try await user.settings().locationAccess().openForWriting())
    }

    @Test(
        "The bytes are those that etcd sent, in a file for its owner only",
        arguments: [0, 1, 4064, 4065, 4096, 8192, 50_000]
    )
    func same(size: Int) async throws {
        try await TestUser.with { user in
            let database = Array(Self.database.prefix(size))
            try await prepare(user, database: database)
            let path = user.home.appending("snapshot.db")
            try await write(user, to: path.string)
            let bytes = Array(try Data(contentsOf: URL(filePath: path.string)))
            #expect(bytes == database + Array(SHA256.hash(data: database)))
            #expect(try user.mode(path) == 0o600)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: user.home.string).sorted() == [
                    ".config", ".local", "snapshot.db",
                ]
            )
        }
    }

    @Test("A file is replaced with force only")
    func overwriting() async throws {
        try await TestUser.with { user in
            try await prepare(user)
            let path = user.home.appending("snapshot.db")
            try user.write("mine", to: path)
            let error = await #expect(throws: OperationError.self) { try await write(user, to: path.string) }
            #expect(error?.code == .conflict)
            #expect(try user.read(path) == "mine")
            try await write(user, to: path.string, force: true)
            #expect(try Data(contentsOf: URL(filePath: path.string)).count == 50_032)
        }
    }

    @Test("A backup whose hash differs leaves no file")
    func wrongHash() async throws {
        try await TestUser.with { user in
            var sample = SampleBackup()
            sample.database = Self.database
            try await sample.write(to: try await user.settings().locationAccess().openForWriting()) { details in
                details.etcd?.databaseSHA256 = String(repeating: "0", count: 64)
            }
            let error = await #expect(throws: OperationError.self) {
                try await write(user, to: "\(user.home)/snapshot.db")
            }
            #expect(error?.code == .failed)
            #expect(error?.message.contains("hash differs") == true)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: user.home.string).sorted() == [".config", ".local"]
            )
        }
    }

    @Test("A backup without a database, and a folder that is not there, are told")
    func missing() async throws {
        try await TestUser.with { user in
            try await prepare(user, database: nil)
            let none = await #expect(throws: OperationError.self) { try await write(user, to: "\(user.home)/x.db") }
            #expect(none?.code == .notFound)
            #expect(none?.message.contains("holds no etcd database") == true)
            let folder = await #expect(throws: OperationError.self) {
                try await write(user, to: "\(user.home)/no/x.db")
            }
            #expect(folder?.code == .failed)
            #expect(folder?.message.contains("'\(user.home)/no/x.db'") == true)
        }
    }
}
