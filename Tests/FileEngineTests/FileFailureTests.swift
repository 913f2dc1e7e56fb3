import Foundation
import Glibc
import ObjectStore
import Repository
import SystemPackage
import Testing

@testable import FileEngine

@Suite("Files that cannot be backed up or restored whole")
struct FileFailureTests {
    /// Reads a file in steps, and runs `change` before the second.
    private func cut(_ fixture: FileTreeFixture, _ name: String, change: () throws -> Void) async throws -> [ReadUnit
        .Outcome]
    {
        let folder = try Folder(opening: fixture.source)
        let file = FileName(Array(name.utf8)[...])
        let found = WalkedNode(
            path: StoredPath(fixture.source.appending(name).string),
            folder: folder,
            name: file,
            kind: .file,
            status: try folder.status(of: file)
        )
        var outcomes: [ReadUnit.Outcome] = []
        _ = try await fixture.repository.writeBackup(
            SnapshotName(cluster: "files-test", name: "cut"),
            parent: nil,
            at: Date(timeIntervalSince1970: 1),
            includesStreams: true
        ) { writer in
            let manifest = writer.manifest(.files, parent: nil, extendsParent: false)
            let reader = fixture.nodeReader(manifest, fixture.ledger)
            if let (open, status) = reader.openLarge(found) {
                let cutter = FileCutter(found, open, status, nil, reader, fixture.repository.chunker)
                outcomes += try cutter.next() ?? []
                try change()
                while let more = try cutter.next() { outcomes += more }
            }
            return Repository.Draft(contents: []) { _ in [] }
        }
        return outcomes
    }

    @Test(
        "A file that changes, grows or shrinks while it is read is stored, marked and told",
        arguments: [
            "printf x >> large", "truncate -s 3000000 large",
            "printf x | dd of=large bs=1 seek=7000000 conv=notrunc status=none",
        ]
    )
    func changing(command: String) async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; head -c 8000000 /dev/urandom > large; touch -d 2001-01-01 large")
            let outcomes = try await cut(fixture, "large") { try fixture.run("cd source; \(command)") }
            guard case .mark? = outcomes.last else {
                Issue.record("there is no mark")
                return
            }
            #expect(fixture.ledger.failures.named.map(\.reason) == [NodeReader.changedReason])
        }
    }

    @Test("A file with several names that is replaced before it is opened is not taken for what they share")
    func replacedLink() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; echo shared > a; ln a b")
            let folder = try Folder(opening: fixture.source)
            let name = FileName(Array("a".utf8)[...])
            let found = WalkedNode(
                path: StoredPath(fixture.source.appending("a").string),
                folder: folder,
                name: name,
                kind: .file,
                status: try folder.status(of: name)
            )
            let ledger = fixture.ledger
            try fixture.run("cd source; echo other > c; mv c a")
            try await fixture.withNodeReader(ledger) { reader in
                let outcomes = try reader.read(found, nil)
                #expect(outcomes.isEmpty)
            }
            #expect(ledger.failures.named.map(\.reason) == ["it was replaced while the backup was made"])
        }
    }

    @Test("A marked file is read again though it has not changed since, and its restore warns")
    func marked() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; echo a > a; echo b > b")
            let path = StoredPath(fixture.source.appending("a").string)
            let first = try await fixture.backUp("a")
            // The same backup with a mark, as a change while reading would have left it.
            let marked = try await fixture.rewrite(
                first.manifest,
                replacing: [path.markKey: [FileMark.changed.rawValue]]
            )
            let restore = try await fixture.restore(marked)
            #expect(restore.ledger.failures.count == 0)
            #expect(restore.ledger.warnings.count == 1)
            fixture.build(on: marked, named: "marked")
            let second = try await fixture.backUp("b")
            #expect(second.counts.readFiles == 1)
            #expect(try await fixture.ids(second.manifest) == fixture.ids(first.manifest))
        }
    }

    @Test("What vanishes, and what cannot be opened, is told, and costs nothing else")
    func vanishing() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; echo 1 > a; echo 2 > b; mkdir c; echo 3 > c/d")
            let ledger = FileLedger()
            let walk = try FileWalk(fixture.source(), ledger: ledger)
            var found: [WalkedNode] = []
            while let node = walk.next(limit: 1).first { found.append(node) }
            try fixture.run("cd source; rm a; rm b; ln -s c/d b")
            try await fixture.withNodeReader(ledger) { reader in
                for node in found { _ = try reader.read(node, nil) }
            }
            let failures = ledger.failures.named
            #expect(failures.map(\.path.split?.name.text) == ["a", "b"])
            #expect(failures.first?.reason == "it vanished while the backup was made")
            #expect(failures.last?.reason.hasPrefix("it cannot be read: ") == true)
        }
    }

    @Test("A lost pack costs the files that it holds, and each is named")
    func lostPack() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(
                """
                cd source; mkdir -m 750 a; head -c 20000000 /dev/urandom > a/large; echo kept > a/small; ln a/large c
                chmod 640 a/large; touch -d 2001-01-01 a
                """
            )
            let backup = try await fixture.backUp("a")
            let packs = try await fixture.packs()
            try #require(packs.count == 2)
            // The last pack has the manifest and the nodes.
            let pages = backup.manifest.packsOfPages
            for pack in packs where !pages.contains(pack) { try await fixture.store.delete([pack.key]) }
            let restore = try await fixture.restore(backup.manifest)
            #expect(restore.ledger.failures.named.map(\.path.split?.name.text) == ["large", "c"])
            // The file gets its size and mode, and the folder all that it had.
            let stats = try fixture.run(
                "cd '\(fixture.restored)'; cat a/small; stat -c '%s %a' a/large c; stat -c '%a %y' a | cut -c1-8"
            )
            #expect(stats == "kept\n20000000 640\n20000000 640\n750 2001\n")
        }
    }

    @Test(
        "A manifest that leads out of the folder is refused, and nothing is written there",
        arguments: [
            ["..", "evil"], ["a", "..", "..", "evil"], ["link", "evil"], [".", "evil"], ["a/../../evil"], ["/evil"],
        ]
    )
    func hostile(components: [String]) async throws {
        try await FileTreeFixture.with { fixture in
            let outside = fixture.home.appending("outside")
            try fixture.run("mkdir outside; cd source; mkdir a; echo 1 > a/x; ln -s '\(outside)' link")
            let backup = try await fixture.backUp("a")
            let prefix = StoredPath(fixture.source.string).bytes
            let path = StoredPath(bytes: prefix + [0] + Array(components.map { Array($0.utf8) }.joined(separator: [0])))
            let file = try Folder(opening: fixture.source.appending("a")).status(of: FileName([UInt8(ascii: "x")]))
            let node = FileNode(file, kind: .file, names: AccountNames())
            let manifest = try await fixture.rewrite(
                backup.manifest,
                replacing: [path.nodeKey: node.encoded(), path.dataKey(offset: 0): Array("1\n".utf8)]
            )
            for replaces in [false, true] {
                try fixture.run("rm -rf target; mkdir target")
                let restore = try await fixture.restore(manifest, replaces: replaces)
                if !replaces || components.first != "link" { #expect(restore.ledger.failures.count > 0) }
                #expect(try fixture.run("find . -name evil -not -path './target/*'; ls outside") == "")
                #expect(try fixture.run("cat '\(fixture.restored)/a/x'") == "1\n")
            }
        }
    }

    @Test("No name is given to what stands where a file was not restored")
    func lostFirstName() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; echo data > a; ln a b; touch -d 2001-01-01 a")
            let backup = try await fixture.backUp("a")
            let first = StoredPath(fixture.source.appending("a").string)
            let manifest = try await fixture.rewrite(backup.manifest, replacing: [first.nodeKey: [0]])
            try fixture.run("mkdir -p '\(fixture.restored)'; echo mine > '\(fixture.restored)/a'")
            let restore = try await fixture.restore(manifest, replaces: true)
            #expect(restore.ledger.failures.named.map(\.path.split?.name.text) == ["a", "b"])
            #expect(try fixture.run("cd '\(fixture.restored)'; cat *") == "mine\n")
        }
    }

    @Test("What is told of a file is told of its other name, where only that is restored")
    func marksOfOtherNames() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; echo data > a; ln a b; touch -d 2001-01-01 a")
            let backup = try await fixture.backUp("a")
            let first = StoredPath(fixture.source.appending("a").string)
            let mark = [FileMark.incomplete.rawValue]
            let manifest = try await fixture.rewrite(backup.manifest, replacing: [first.markKey: mark])
            let restore = try await fixture.restore(manifest, including: [fixture.source.appending("b")])
            #expect(restore.ledger.failures.named.map(\.path.split?.name.text) == ["b"])
            let stats = try fixture.run("cd '\(fixture.restored)'; cat b; stat -c %y b | grep -c ^2001 || true")
            #expect(stats == "data\n0\n")
        }
    }

    @Test("A mended backup has all files that lack nothing, and no others")
    func mended() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run(
                "cd source; mkdir a; head -c 20000000 /dev/urandom > a/large; echo kept > a/small; ln a/small b"
            )
            let backup = try await fixture.backUp("a")
            for pack in try await fixture.packs() where !backup.manifest.packsOfPages.contains(pack) {
                try await fixture.store.delete([pack.key])
            }
            let report = try await fixture.repository.repairManifests(isDryRun: false, dataPercent: 0) { _ in Losses() }
            #expect(report.mended.map(\.name) == ["a"])
            let (snapshot, losses) = try await fixture.repository.snapshots.read(report.mended[0])
            let lost = String(decoding: losses, as: UTF8.self).split(separator: "\n")
            #expect(Set(lost) == ["\(fixture.source)/a/large"])
            let restore = try await fixture.restore(try #require(snapshot.content(.files)?.manifest))
            #expect(restore.ledger.failures.named == [])
            #expect(
                try fixture.run("cd '\(fixture.restored)'; find . -type f | sort; cat b") == "./a/small\n./b\nkept\n"
            )
        }
    }

    /// Names what is lost, a line each.
    private struct Losses: RepairLedger {
        private var lost: [String] = []

        mutating func keep(_ entry: ManifestEntry, of kind: SnapshotContent.Kind) {}
        mutating func lose(_ loss: ManifestDamage, of kind: SnapshotContent.Kind) { lost.append(loss.text(kind: kind)) }
        mutating func drop(_ kind: SnapshotContent.Kind) { lost.append("everything") }
        func details() throws -> [UInt8] { Array(lost.joined(separator: "\n").utf8) }
    }
}

extension FileTreeFixture {
    fileprivate func nodeReader(_ manifest: ManifestWriter, _ ledger: FileLedger) -> NodeReader {
        NodeReader(manifest: manifest, names: AccountNames(), ledger: ledger, now: { Self.longAfter })
    }

    /// Gives `body` a reader of files for a backup that holds nothing in the end.
    fileprivate func withNodeReader(_ ledger: FileLedger, _ body: (NodeReader) throws -> Void) async throws {
        _ = try await repository.writeBackup(
            SnapshotName(cluster: "files-test", name: "a"),
            parent: nil,
            at: Date(timeIntervalSince1970: 1)
        ) { writer in
            let manifest = writer.manifest(.files, parent: nil, extendsParent: false)
            try body(nodeReader(manifest, ledger))
            return Repository.Draft(contents: []) { _ in [] }
        }
    }
}
