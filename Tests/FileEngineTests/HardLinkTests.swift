import Repository
import Synchronization
import SystemPackage
import Testing

@testable import FileEngine

@Suite("Files with several names")
struct HardLinkTests {
    /// Many files of a unit each lie before those that change: while the first is written, the last are found, and not yet
    /// read.
    private static func tree(size: Int) -> String {
        """
        cd source
        for i in $(seq 10 39); do head -c 300000 /dev/zero > 0$i; done
        head -c \(size) /dev/urandom > a; ln a b; ln a c; echo other > z; ln z zz
        """
    }

    @Test(
        "When the first name vanishes or is another file's before it is read, the next has the data",
        arguments: [100, 600_000],
        [("rm a", "it vanished while the backup was made"), ("mv z a", "it was replaced while the backup was made")]
    )
    func promoted(size: Int, change: (command: String, reason: String)) async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(Self.tree(size: size))
            let isFirst = Mutex(true)
            let backup = try await fixture.backUp("a") { [fixture] _ in
                let isNow = isFirst.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                do {
                    if isNow { try fixture.run("cd source; \(change.command)") }
                } catch {
                    Issue.record(error)
                }
            }
            let failures = backup.ledger.failures.named
            #expect(failures.first?.path.split?.name.text == "a" && failures.first?.reason == change.reason)
            let restore = try await fixture.restore(backup.manifest)
            #expect(restore.ledger.failures.named == [])
            try fixture.run("cmp source/b '\(fixture.restored)/b'; cmp source/c '\(fixture.restored)/c'")
            #expect(try fixture.run("cd '\(fixture.restored)'; stat -c %h b; test ! -e a") == "2\n")
            // The next backup finds the names as they are.
            let next = try await fixture.backUp("b")
            #expect(next.ledger.failures.named == [])
            try fixture.run("rm -r target; mkdir target")
            _ = try await fixture.restore(next.manifest)
            #expect(try fixture.listing(fixture.restored) == fixture.listing(fixture.source))
        }
    }

    @Test("Of more files than are remembered, each name is stored by itself")
    func tooMany() throws {
        let folder = try Folder(opening: "/")
        let status = try folder.status()
        func node(_ name: String, inode: UInt64) -> WalkedNode {
            var status = status
            status.kind = .file
            status.inode = inode
            status.names = 3
            let file = FileName(Array(name.utf8)[...])
            return WalkedNode(path: StoredPath(name), folder: folder, name: file, kind: .file, status: status)
        }
        var links = HardLinks(capacity: 1)
        let first = links.file(of: node("a", inode: 1))
        #expect(first?.firstPath == StoredPath("a") && !links.isOverfull)
        #expect(links.file(of: node("b", inode: 2)) == nil && links.isOverfull)
        #expect(links.file(of: node("c", inode: 1)) === first)
        #expect(links.file(of: node("d", inode: 2)) == nil)
        // With its third name the file is done, and makes room.
        #expect(links.file(of: node("e", inode: 1)) === first)
        #expect(links.file(of: node("f", inode: 2))?.firstPath == StoredPath("f"))
    }
}
