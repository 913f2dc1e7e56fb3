import Foundation
import SystemPackage
import Testing

@testable import Operations

@Suite("The cache folder")
struct CacheFolderTests {
    @Test("Files are private to their user, and are replaced and removed whole")
    func files() async throws {
        try await TestUser.with { user in
            let path = user.home.appending(".cache/kbackup/0123")
            let folder = CacheFolder(path)
            #expect(folder.read("root", limit: 10) == nil)
            #expect(!user.exists(path))
            folder.write([1, 2, 3], as: "root")
            #expect(folder.read("root", limit: 3) == [1, 2, 3])
            #expect(folder.read("root", limit: 2) == nil)
            let modes = (try user.mode(path), try user.mode(path.appending("root")))
            #expect(modes == (0o700, 0o600))
            folder.write([4], as: "root")
            #expect(CacheFolder(path).read("root", limit: 3) == [4])
            folder.remove("root")
            #expect(folder.read("root", limit: 3) == nil)
            let left = try FileManager.default.contentsOfDirectory(atPath: path.string)
            #expect(left.isEmpty)
        }
    }

    @Test("What was used least recently goes first, and so does what killed writers left behind")
    func bound() async throws {
        try await TestUser.with { user in
            let path = user.home.appending("cache")
            let folder = CacheFolder(path, limit: 1000)
            for number in 0..<8 { folder.write([UInt8](repeating: 1, count: 120)[...], as: "file-\(number)") }
            folder.write([UInt8](repeating: 1, count: 300)[...], as: "large")
            #expect(folder.read("large", limit: 1000) == nil, "one file takes no more than a part")
            for (number, age) in [(0, 50), (1, 90), (2, 80), (3, 70), (4, 60), (5, 40), (6, 30), (7, 20)] {
                try setAge(path.appending("file-\(number)"), age)
            }
            #expect(folder.read("file-1", limit: 200) != nil)
            try Data([1]).write(to: URL(filePath: path.appending(".file-9.1.tmp").string))
            try setAge(path.appending(".file-9.1.tmp"), 7200)
            // The first write of a process looks through the folder.
            CacheFolder(path, limit: 1000).write([UInt8](repeating: 2, count: 120)[...], as: "new")
            let left = try FileManager.default.contentsOfDirectory(atPath: path.string).sorted()
            #expect(left == ["file-0", "file-1", "file-4", "file-5", "file-6", "file-7", "new"])
        }
    }

    private func setAge(_ path: FilePath, _ seconds: Int) throws {
        let date = Date().addingTimeInterval(-Double(seconds))
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path.string)
    }

    @Test("Where nothing can be kept, nothing fails")
    func readOnly() async throws {
        try await TestUser.with { user in
            try user.write("a file in the way", to: user.home.appending("cache"))
            let folder = CacheFolder(user.home.appending("cache/0123"))
            folder.write([1], as: "root")
            #expect(folder.read("root", limit: 10) == nil)
            folder.remove("root")
        }
    }
}
