import Foundation
import Repository
import SystemPackage
import Testing
import UserTestSupport

@testable import FileEngine

@Suite("Extended attributes that cannot be backed up")
struct AttributeFailureTests {
    private static func attribute(_ name: String, size: Int) -> FileNode.Attribute {
        FileNode.Attribute(name: Array("user.\(name)".utf8), value: [UInt8](repeating: 7, count: size))
    }

    @Test("Attributes that this user may not read are told, and the folder is walked all the same")
    func unreadable() async throws {
        try await FileTreeFixture.with { fixture in
            // Of a folder that may be searched, and not read, nobody may read the attributes that users give it.
            try fixture.run("chmod 711 . source; mkdir source/folder; echo x > source/folder/file")
            let folder = try Folder(opening: fixture.source)
            let name = FileName(Array("folder".utf8)[...])
            do {
                try AttributeHolder.name(name, in: folder).set(Self.attribute("note", size: 3))
            } catch Errno.notSupported {
                return
            }
            try fixture.run("chmod 111 source/folder")
            defer { _ = try? fixture.run("chmod 700 source/folder") }
            var reasons: [String] = []
            let attributes = asOrdinaryUser {
                AttributeHolder.name(name, in: folder).attributes { reasons.append($0) }
            }
            #expect(attributes == [])
            #expect(reasons.count == 1 && reasons[0].hasPrefix("its attribute 'user.note' cannot be read: "))
        }
    }

    /// Most disks hold a few kilobytes of attributes; memory holds as many as one likes.
    private static let largeAttributes = URL(filePath: "/dev/shm")

    @Test(
        "Of more attributes than a node holds, the first are stored with the data, and the others told",
        .enabled(if: FileManager.default.isWritableFile(atPath: largeAttributes.path))
    )
    func tooMany() async throws {
        try await FileTreeFixture.with(in: Self.largeAttributes) { fixture in
            try fixture.run("cd source; echo data > file; mkdir folder; echo x > folder/file")
            let folder = try Folder(opening: fixture.source)
            do {
                for number in 10..<30 {
                    for name in ["file", "folder"] {
                        try AttributeHolder.name(FileName(Array(name.utf8)[...]), in: folder)
                            .set(Self.attribute("a\(number)", size: 60_000))
                    }
                }
            } catch Errno.notSupported {
                // Older kernels do not let users set any there.
                return
            }
            let backup = try await fixture.backUp("a")
            // 17 of 20 fit.
            #expect(backup.ledger.failures.count == 2 * 3)
            #expect(backup.counts.files == 2)
            let again = try await fixture.backUp("b")
            #expect(again.ledger.failures.count == 2 * 3, "the next backup lacks them, too")
            let restore = try await fixture.restore(backup.manifest)
            #expect(restore.ledger.failures.named == [])
            #expect(try fixture.run("cd '\(fixture.restored)'; cat file folder/file") == "data\nx\n")
        }
    }

    @Test("A node of the backup before that nobody understands does not stop the next backup")
    func oddParent() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; echo a > a; echo b > b")
            let first = try await fixture.backUp("a")
            let path = StoredPath(fixture.source.appending("a").string)
            var table: [ManifestKey: [UInt8]] = [path.nodeKey: [1, 1, 2, 3]]
            table[path.dataKey(offset: 0)] = Array("a\n".utf8)
            let odd = try await fixture.rewrite(first.manifest, replacing: table)
            fixture.build(on: odd, named: "odd")
            let second = try await fixture.backUp("b")
            #expect(second.ledger.failures.named == [])
            #expect(second.counts.readFiles == 1)
            #expect(try await fixture.ids(second.manifest) == fixture.ids(first.manifest))
        }
    }
}
