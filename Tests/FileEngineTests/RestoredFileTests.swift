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

    @Test("A file that cannot be written is told once, and does not look whole")
    func failedWrite() async throws {
        try await FileTreeFixture.with { fixture in
            // Longer than the longest file of many file systems; on others nothing fails.
            let node = Self.node(size: 1 << 62)
            let ledger = fixture.ledger
            let setter = AttributeSetter(ledger: ledger)
            let folder = RestoredFolder(.root, try Folder(opening: fixture.target), in: nil, nil, setter)
            let name = FileName(Array("a".utf8)[...])
            let file = RestoredFile(
                StoredPath("/a"),
                name,
                in: folder,
                node,
                replaces: false,
                setter,
                ledger: ledger,
                disk: RestoreDisk()
            )
            for part in 1...3 { file.write([1, 2, 3], at: (1 << 62) - 3 * part) }
            file.release()
            guard ledger.failures.count > 0 else { return }
            #expect(ledger.failures.count == 1)
            let status = try Folder(opening: fixture.target).status(of: name)
            #expect(status.size == 0 && status.modified.seconds > 1000)
        }
    }

    private static let tree = """
        cd source; echo small > a; head -c 9000000 /dev/urandom > b; ln b c; echo last > d; ln d e
        touch -d 2001-01-01 a b d
        """

    @Test("On a full disk, what fails is told once each, not counted, and does not look whole")
    func fullDisk() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(Self.tree)
            let backup = try await fixture.backUp("a")
            var disk = RestoreDisk()
            let system = disk.write
            disk.write = { (file, bytes, offset) throws(Errno) in
                // Nothing but small files fits.
                guard bytes.count < 1000 else { throw .noSpace }
                try system(file, bytes, offset)
            }
            let restore = try await fixture.restore(backup.manifest, disk: disk)
            let failures = restore.ledger.failures
            #expect(failures.named.map(\.path.split?.name.text) == ["b", "c"])
            #expect(failures.count == 2 && failures.named[0].reason.contains("cannot be written"))
            #expect(restore.counts.files == 3 && restore.counts.bytes == 11)
            let times = try fixture.run("cd '\(fixture.restored)'; stat -c '%n %y %s' a b d | cut -c1-6")
            #expect(times.hasPrefix("a 2001") && times.hasSuffix("d 2001\n") && !times.contains("b 2001"))
        }
    }

    @Test("What a file system only says at the end of a file's use is told")
    func lateErrors() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(Self.tree)
            let backup = try await fixture.backUp("a")
            var disk = RestoreDisk()
            disk.flush = { (file) throws(Errno) in
                if try file.status().size > 1000 { throw .diskQuotaExceeded }
            }
            let restore = try await fixture.restore(backup.manifest, disk: disk)
            #expect(restore.ledger.failures.named.map(\.path.split?.name.text) == ["b", "c"])
            #expect(restore.counts.files == 3)
        }
    }
}
