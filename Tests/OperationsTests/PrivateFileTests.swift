import Foundation
import SystemPackage
import Testing

@testable import Operations

@Suite("Private file")
struct PrivateFileTests {
    static func link(_ target: FilePath, at path: FilePath) throws {
        try FileManager.default.createSymbolicLink(atPath: path.string, withDestinationPath: target.string)
    }

    @Test("Creating never replaces a file")
    func createsOnce() async throws {
        try await TestUser.with { user in
            let path = user.home.appending("keys/a.key")
            try PrivateFile.makeFolder(path.removingLastComponent())
            #expect(try PrivateFile.create(path, [1]))
            #expect(try !PrivateFile.create(path, [2]))
            #expect(try PrivateFile.read(path) == [1])
            #expect(try user.mode(path) == 0o600)
            #expect(try user.mode(path.removingLastComponent()) == 0o700)
            let rest = try FileManager.default.contentsOfDirectory(atPath: path.removingLastComponent().string)
            #expect(rest == ["a.key"], "no temporary file is left")
        }
    }

    @Test("Where there are no hard links, a file gets its name all the same, and replaces none")
    func withoutHardLinks() async throws {
        try await TestUser.with { user in
            let (part, path) = (user.home.appending("part"), user.home.appending("file"))
            let name = { try PrivateFile.giveName(path, to: part) { _, _ in throw Errno.notPermitted } }
            try user.write("new", to: part)
            try name()
            #expect(try user.read(path) == "new")
            try user.write("newer", to: part)
            #expect(throws: Errno.fileExists) { try name() }
            #expect(try user.read(path) == "new")
        }
    }

    @Test("A file that is not there is no error, a folder in its place is one")
    func reading() async throws {
        try await TestUser.with { user in
            #expect(try PrivateFile.read(user.home.appending("none")) == nil)
            let error = try #require(throws: OperationError.self) { try PrivateFile.read(user.home) }
            #expect(error.message.contains("'\(user.home)'"))
        }
    }
}
