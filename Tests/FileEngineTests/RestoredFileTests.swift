import SystemPackage
import Testing

@testable import FileEngine

@Suite("Files as they are restored")
struct RestoredFileTests {
    private static func node(permissions: UInt16 = 0o644, size: Int = 0) -> FileNode {
        FileNode(
            kind: .file,
            permissions: permissions,
            userID: 0,
            groupID: 0,
            size: size,
            modified: FileNode.Time(seconds: 1000, nanoseconds: 0),
            changed: FileNode.Time(seconds: 1000, nanoseconds: 0),
            device: 0,
            inode: 0
        )
    }

    @Test("Nothing runs as the user who restores it, who cannot give it back to its owner")
    func setUserID() async throws {
        try await FileTreeFixture.with { fixture in
            let file = try Folder(opening: fixture.target).makeFile(FileName(Array("a".utf8)[...]))
            let ledger = fixture.ledger
            let setter = AttributeSetter(ledger: ledger, isPrivileged: false)
            setter.set(Self.node(permissions: 0o6755), of: StoredPath("/a"), .descriptor(file.descriptor))
            let status = try file.status()
            #expect(status.permissions == 0o755)
            #expect(ledger.failures.named == [])
        }
    }
}
