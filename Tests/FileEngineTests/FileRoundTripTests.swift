import Foundation
import Repository
import SystemPackage
import Testing

@testable import FileEngine

@Suite("Files, backed up and restored")
struct FileRoundTripTests {
    private static let everything = """
        cd source
        mkdir -p empty deep/er/est
        echo small > small
        : > nothing
        head -c 262144 /dev/urandom > whole
        head -c 262145 /dev/urandom > cut
        head -c 9000000 /dev/urandom > large
        chmod 4755 small; chmod 600 cut; chmod 1777 empty
        ln -s small link; ln -s ../elsewhere/nothing dangling; ln -s deep folder-link
        mkfifo pipe
        ln small deep/small-again; ln large deep/er/large-again
        printf x > $'new\\nline'; printf x > $'not utf-8 \\xff\\xfe'; printf x > ' '; printf x > '-rf *'
        printf x > "$(head -c 255 /dev/zero | tr '\\0' n)"
        truncate -s 40M sparse; printf middle | dd of=sparse bs=1 seek=20000000 conv=notrunc status=none
        for i in $(seq 1 300); do echo $i > deep/er/est/f$i; done
        touch -h -d '2001-02-03 04:05:06.123456789' link small deep/er/est
        touch -d '1960-01-01' nothing
        """

    @Test("Everything comes back as it was: kinds, names, data, modes, owners, times, links")
    func everything() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(Self.everything)
            let backup = try await fixture.backUp("a")
            #expect(backup.ledger.failures.named == [])
            let restore = try await fixture.restore(backup.manifest)
            #expect(restore.ledger.failures.named == [])
            #expect(try fixture.listing(fixture.restored) == fixture.listing(fixture.source))
            let links = try fixture.run(
                "cd '\(fixture.restored)'; stat -c %i small deep/small-again large deep/er/large-again"
            )
            .split(separator: "\n")
            #expect(links[0] == links[1] && links[2] == links[3])
            #expect(restore.counts.files == backup.counts.files)
            #expect(restore.counts.bytes == backup.counts.bytes)
            // Of 40 MiB, one page has data.
            #expect(Int(try fixture.run("stat -c %b '\(fixture.restored)/sparse'").dropLast()) ?? .max < 2048)
        }
    }

    @Test("Extended attributes of files and folders come back")
    func attributes() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; mkdir folder; echo x > file; mkfifo pipe")
            let value = Array("blau\0rot".utf8)
            let attribute = FileNode.Attribute(name: Array("user.colour".utf8), value: value)
            let folder = try Folder(opening: fixture.source)
            do {
                for holder in [
                    AttributeHolder.name(FileName(Array("file".utf8)[...]), in: folder),
                    .name(FileName(Array("folder".utf8)[...]), in: folder),
                ] { try holder.set(attribute) }
            } catch Errno.notSupported {
                // The file system of this machine's /tmp has no attributes to test with.
                return
            }
            let backup = try await fixture.backUp("a")
            let restore = try await fixture.restore(backup.manifest)
            #expect(restore.ledger.failures.named == [])
            let restored = try Folder(opening: fixture.restored)
            for name in ["file", "folder"] {
                let holder = AttributeHolder.name(FileName(Array(name.utf8)[...]), in: restored)
                #expect(holder.attributes { Issue.record("\($0)") } == [attribute])
            }
        }
    }

    @Test("Several paths are backed up as one tree, in any order, and each once")
    func paths() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(
                "mkdir -p source/a/b source/c; echo 1 > source/a/b/x; echo 2 > source/c/y; echo 3 > source/z"
            )
            let paths = ["c", "a/b", "a/b/x", "z"].map { fixture.source.appending($0) }
            let backup = try await fixture.backUp("a", fixture.source(paths: paths))
            #expect(backup.ledger.failures.named == [])
            #expect(backup.counts.files == 3)
            _ = try await fixture.restore(backup.manifest)
            #expect(try fixture.run("cd '\(fixture.restored)'; find . -type f | sort") == "./a/b/x\n./c/y\n./z\n")
        }
    }

    @Test("What is included is restored, with the folders above it, and what the backup does not have is told")
    func including() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(
                "cd source; mkdir -p a/b c; echo 1 > a/first; echo 2 > a/b/x; echo 3 > c/y; ln a/first c/second; ln a/first c/third"
            )
            let backup = try await fixture.backUp("a")
            let restore = try await fixture.restore(
                backup.manifest,
                including: ["c", "a/b", "gone"].map { fixture.source.appending($0) }
            )
            #expect(restore.ledger.failures.named == [])
            #expect(restore.missing == [StoredPath(fixture.source.appending("gone").string)])
            let found = try fixture.run(
                "cd '\(fixture.restored)'; find . -type f -printf '%p %n ' -exec cat {} ';' | sort"
            )
            #expect(found == "./a/b/x 1 2\n./c/second 2 1\n./c/third 2 1\n./c/y 1 3\n")
        }
    }

    @Test("Files, links and folders in the way are replaced where that was asked for, and not followed")
    func replacing() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; mkdir d; echo 1 > d/x; echo 2 > y; ln -s y z")
            let backup = try await fixture.backUp("a")
            try fixture.run(
                "mkdir outside '\(fixture.target)/tmp' -p; mkdir -p '\(fixture.restored)'; cd '\(fixture.restored)'; "
                    + "ln -s '\(fixture.home)/outside' d; echo other > y; ln y kept; echo in the way > z"
            )
            let refused = try await fixture.restore(backup.manifest)
            #expect(
                Set(refused.ledger.failures.named.map(\.path.text)).isSuperset(of: [
                    fixture.source.appending("y").string
                ])
            )
            #expect(try fixture.run("ls outside") == "")
            let restore = try await fixture.restore(backup.manifest, replaces: true)
            #expect(restore.ledger.failures.named == [])
            #expect(try fixture.run("ls outside") == "")
            #expect(try fixture.run("cd '\(fixture.restored)'; cat d/x y kept; readlink z") == "1\n2\nother\ny\n")
        }
    }
}
