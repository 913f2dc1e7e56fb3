import Foundation
import ObjectStore
import Repository
import Synchronization
import SystemPackage
import Testing

@testable import FileEngine

@Suite("Backups of files on top of others")
struct FileChangeTests {
    private static let tree = """
        cd source
        mkdir -p a/b
        head -c 3000000 /dev/urandom > a/large
        head -c 100000 /dev/urandom > a/b/small
        for i in $(seq 1 200); do head -c 5000 /dev/urandom > a/b/f$i; done
        ln a/large a/again
        """

    @Test("An unchanged tree is not read again, and costs next to nothing")
    func unchanged() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(Self.tree)
            let first = try await fixture.backUp("a")
            #expect(first.counts.readFiles == 202)
            #expect(first.counts.readBytes == 3_000_000 + 100_000 + 200 * 5000)
            let second = try await fixture.backUp("b")
            #expect(second.counts.readBytes == 0 && second.counts.readFiles == 0)
            #expect(second.counts.files == first.counts.files && second.counts.bytes == first.counts.bytes)
            #expect(second.statistics.storedBytes < 16 << 10)
            #expect(try await fixture.ids(second.manifest) == fixture.ids(first.manifest))
            let restore = try await fixture.restore(second.manifest)
            #expect(restore.ledger.failures.named == [])
            #expect(try fixture.listing(fixture.restored) == fixture.listing(fixture.source))
        }
    }

    @Test("Only what has changed is read, and what is gone is gone")
    func changes() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(Self.tree)
            _ = try await fixture.backUp("a")
            try fixture.run(
                "cd source; rm a/b/f1; echo changed > a/b/f2; echo new > a/c; chmod 700 a/b/f3; rm -r a/again; mv a/b/f4 a/b/g4"
            )
            let second = try await fixture.backUp("b")
            #expect(second.ledger.failures.named == [])
            // f2, c, f3, g4, and large, which has one name less.
            #expect(second.counts.readFiles == 5)
            #expect(second.statistics.newRecordBytes < 8 << 10)
            _ = try await fixture.restore(second.manifest)
            #expect(try fixture.listing(fixture.restored) == fixture.listing(fixture.source))
        }
    }

    @Test("Files that were moved or copied are found again by what is in them")
    func moved() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(Self.tree + "; cp a/large z; cp a/b/small y; cp a/b/small x")
            let first = try await fixture.backUp("a")
            // Each content once, and the nodes.
            #expect(first.statistics.newRecordBytes < 3_000_000 + 100_000 + 200 * 5000 + (64 << 10))
            try fixture.run("cd source; mkdir moved; mv a moved/a; cp z again")
            let second = try await fixture.backUp("b")
            #expect(second.counts.readBytes > 6_000_000)
            #expect(second.statistics.newRecordBytes < 64 << 10)
            _ = try await fixture.restore(second.manifest)
            #expect(try fixture.listing(fixture.restored) == fixture.listing(fixture.source))
        }
    }

    @Test("A backup that was made before is not changed by those on top of it")
    func history() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(Self.tree)
            let listing = try fixture.listing(fixture.source)
            let first = try await fixture.backUp("a")
            for turn in 1...4 {
                try fixture.run("cd source; echo \(turn) > a/b/f\(turn); rm a/b/f\(turn + 10)")
                _ = try await fixture.backUp("b\(turn)")
            }
            _ = try await fixture.restore(first.manifest)
            #expect(try fixture.listing(fixture.restored) == listing)
        }
    }

    @Test("A file that has changed just before it was read is read again next time, and once more only")
    func justChanged() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; echo small > small; head -c 400000 /dev/urandom > large; ln -s small link")
            let changed = try Folder(opening: fixture.source).status(of: FileName(Array("large".utf8)[...])).changed
            let first = try await fixture.backUp("a", at: changed.seconds + 1)
            #expect(first.counts.readFiles == 2)
            let second = try await fixture.backUp("b", at: changed.seconds + 60)
            #expect(second.counts.readFiles == 2)
            let third = try await fixture.backUp("c", at: changed.seconds + 60)
            #expect(third.counts.readFiles == 0)
            let restore = try await fixture.restore(first.manifest)
            #expect(restore.ledger.failures.named == [])
            #expect(try fixture.listing(fixture.restored) == fixture.listing(fixture.source))
        }
    }

    @Test("A time that a program has set far ahead keeps no file from being unchanged")
    func timeAhead() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; echo 1 > a; touch -d 2100-01-01 a")
            let status = try Folder(opening: fixture.source).status(of: FileName(Array("a".utf8)[...]))
            #expect(!status.isUnsettled(at: status.changed.seconds + 60))
            #expect(status.isUnsettled(at: status.changed.seconds))
            #expect(status.isUnsettled(at: status.modified.seconds + 1))
        }
    }

    @Test("What a pattern leaves out is counted by pattern, and gone from the next backup")
    func excludes() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(
                "cd source; mkdir -p a/cache b/cache; touch a/x.tmp a/keep.tmp a/cache/1 a/cache/2 b/cache/3 b/y; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"s\")'"
            )
            let source = fixture.source(excluding: ["*.tmp", "!keep.tmp", "/a/cache/"])
            let backup = try await fixture.backUp("a", source)
            #expect(backup.ledger.failures.named == [])
            let exclusions = backup.ledger.exclusions
            #expect(exclusions.map(\.count) == [1, 1, 1])
            #expect(exclusions.prefix(2).map(\.rule) == ["--exclude *.tmp", "--exclude /a/cache/"])
            #expect(exclusions.last?.rule.hasPrefix("sockets") == true)
            _ = try await fixture.restore(backup.manifest)
            #expect(
                try fixture.run("cd '\(fixture.restored)'; find . -type f | sort")
                    == "./a/keep.tmp\n./b/cache/3\n./b/y\n"
            )
        }
    }

    @Test("A pack that is damaged is not built on: what it holds is read and written again")
    func damagedParent() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(Self.tree)
            let first = try await fixture.backUp("a")
            let above = try await fixture.recordBytesAboveSource(first.manifest)
            let packs = try await fixture.packs()
            for pack in packs { try await fixture.store.delete([pack.key]) }
            // The manifest is lost with the rest, so it is no parent.
            let error = await #expect(throws: DamagedParentError.self) { _ = try await fixture.backUp("b") }
            #expect(error?.manifest == .files)
            fixture.forgetParent()
            let second = try await fixture.backUp("c", nil, distrusting: [try #require(error?.pack)])
            #expect(second.counts.readBytes == first.counts.readBytes)
            let aboveNow = try await fixture.recordBytesAboveSource(second.manifest)
            #expect(second.statistics.newRecordBytes - aboveNow == first.statistics.newRecordBytes - above)
            let restore = try await fixture.restore(second.manifest)
            #expect(restore.ledger.failures.named == [])
            #expect(try fixture.listing(fixture.restored) == fixture.listing(fixture.source))
        }
    }
}
