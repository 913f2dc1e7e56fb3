import Foundation
import Repository
import SystemPackage
import Testing

@testable import Operations

@Suite("Embedded repository")
struct EmbeddedRepositoryTests {
    private func keyFile(_ user: TestUser) -> FilePath { user.home.appending(".config/kbackup/keys/local.key") }

    @Test("It is made when it is first written, and the user is told of its key once")
    func isMade() async throws {
        try await TestUser.with { user in
            let access = try user.settings().locationAccess()
            #expect(try await access.openIfUsed() == nil)
            #expect(!user.exists(keyFile(user)), "reading makes nothing")
            let repository = try await access.openForWriting()
            #expect(try user.mode(keyFile(user)) == 0o600)
            #expect(try user.mode(keyFile(user).removingLastComponent()) == 0o700)
            #expect(
                user.notices == [
                    .information(
                        "The key of the backups is in '\(keyFile(user))'. Keep a copy of it elsewhere: without it nobody "
                            + "can read them."
                    )
                ]
            )
            let again = try user.settings().locationAccess()
            #expect(try await again.openForWriting().id == repository.id)
            #expect(try await again.openIfUsed()?.id == repository.id)
            #expect(user.notices.count == 1)
        }
    }

    @Test("A lost key is never replaced by a new one")
    func lostKey() async throws {
        try await TestUser.with { user in
            _ = try await user.settings().locationAccess().openForWriting()
            try FileManager.default.removeItem(atPath: keyFile(user).string)
            let error = await #expect(throws: OperationError.self) {
                try await user.settings().locationAccess().openForWriting()
            }
            #expect(error?.code == .accessDenied)
            #expect(error?.message.contains("'\(keyFile(user))'") == true)
            #expect(!user.exists(keyFile(user)))
        }
    }

    @Test("Where only the key was made before a crash, it is used")
    func leftoverKey() async throws {
        try await TestUser.with { user in
            let text = try #require(RepositoryKey.makeKeyFile().keyFileText)
            try user.write(text, to: keyFile(user))
            _ = try await user.settings().locationAccess().openForWriting()
            #expect(try user.read(keyFile(user)) == text)
        }
    }

    @Test("Several first backups at the same moment make one repository")
    func race() async throws {
        try await TestUser.with { user in
            let settings = try user.settings()
            let ids = try await withThrowingTaskGroup(of: RepositoryID.self) { group in
                for _ in 0..<8 { group.addTask { try await settings.locationAccess().openForWriting().id } }
                return try await group.reduce(into: Set<RepositoryID>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        }
    }
}
