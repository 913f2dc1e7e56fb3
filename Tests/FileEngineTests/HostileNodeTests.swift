import FuzzTestSupport
import Repository
import SystemPackage
import Testing

@testable import FileEngine

@Suite("Nodes that nobody should believe")
struct HostileNodeTests {
    /// Of a folder, a file with an attribute, another name of it, a link, a pipe and a device.
    private static let nodes: [FileNode] = {
        let time = FileNode.Time(seconds: 1_700_000_000, nanoseconds: 500_000_000)
        func node(_ kind: FileNode.Kind) -> FileNode {
            FileNode(
                kind: kind,
                permissions: 0o755,
                userID: 1000,
                groupID: 100,
                userName: Array("somebody".utf8),
                size: kind == .file ? 14 : 0,
                modified: time,
                changed: FileNode.Time(seconds: -1, nanoseconds: 0),
                device: 2049,
                inode: 1 << 40
            )
        }
        var nodes = [node(.folder), node(.file), node(.file), node(.symbolicLink), node(.pipe), node(.blockDevice)]
        nodes[1].attributes = [FileNode.Attribute(name: Array("user.note".utf8), value: Array("hi".utf8))]
        nodes[2].firstPath = StoredPath("/srv/data/first")
        nodes[3].target = Array("../elsewhere".utf8)
        nodes[5].deviceNumber = 0x0801
        return nodes
    }()

    @Test("Whatever bytes stand for a node, it is read, or said to be damaged")
    func nodes() throws {
        let path = StoredPath("/srv/data/second")
        try FuzzRun.run(
            "node",
            seeds: Self.nodes.map { $0.encoded() },
            isExpected: { ($0 as? RepositoryError)?.code == .damaged }
        ) { bytes in
            let node = try FileNode.decode(bytes[...], path: path)
            #expect(try FileNode.decode(node.encoded()[...], path: path) == node)
        }
    }

    @Test(
        "A node whose data is said to be where no other name can have it is damaged",
        arguments: [
            ["srv", "..", "data"], ["srv", ".", "data"], ["a/b"], ["", "etc"], ["a", ""], ["srv", "data", "second"],
            ["srv", "data", "third"],
        ]
    )
    func firstPath(components: [String]) {
        var node = Self.nodes[2]
        node.firstPath = StoredPath(bytes: Array(components.map { Array($0.utf8) }.joined(separator: [0])))
        let bytes = node.encoded()
        let error = #expect(throws: RepositoryError.self) {
            try FileNode.decode(bytes[...], path: StoredPath("/srv/data/second"))
        }
        #expect(error?.code == .damaged)
    }

    @Test("Whatever bytes stand for a key, they are a path with what belongs to it, or none")
    func keys() throws {
        let path = StoredPath("/srv/data")
        try FuzzRun.run(
            "key",
            seeds: [path.nodeKey, path.dataKey(offset: 4096), path.markKey],
            isExpected: { _ in false }
        ) { bytes in
            switch FileKey(bytes) {
            case .node(let path): #expect(path.nodeKey == bytes)
            case .data(let path, let offset): #expect(path.dataKey(offset: offset) == bytes)
            case .mark(let path): #expect(path.markKey == bytes)
            case nil: break
            }
        }
    }

    @Test("Files whose sizes do not add up to a number are counted all the same")
    func sizes() {
        var counts = FileCounts()
        for _ in 0..<3 { counts.add(.file, size: .max) }
        #expect(counts.files == 3 && counts.bytes == .max)
    }

    @Test(
        "A name for a file outside of the folder that is restored into is not made",
        arguments: [
            ["..", "outside", "secret"], ["a", "..", "..", "outside", "secret"], ["link", "secret"], ["..", ".."],
        ]
    )
    func hardLink(components: [String]) async throws {
        try await FileTreeFixture.with { fixture in
            let outside = fixture.home.appending("outside")
            try fixture.run("mkdir outside; echo s > outside/secret; cd source; echo 1 > x; ln -s '\(outside)' link")
            let backup = try await fixture.backUp("a")
            let prefix = StoredPath(fixture.source.string)
            let file = try Folder(opening: fixture.source).status(of: FileName([UInt8(ascii: "x")]))
            var node = FileNode(file, kind: .file, names: AccountNames())
            let names = components.first == "link" ? [prefix.bytes] : []
            node.firstPath = StoredPath(
                bytes: Array((names + components.map { Array($0.utf8) }).joined(separator: [0]))
            )
            let path = StoredPath(bytes: prefix.bytes + [0] + Array("y".utf8))
            let manifest = try await fixture.rewrite(backup.manifest, replacing: [path.nodeKey: node.encoded()])
            // From the folder that is restored into, `..` is where `outside` lies.
            let restore = try await fixture.restore(manifest)
            #expect(restore.ledger.failures.named.map(\.path) == [path])
            #expect(try fixture.run("stat -c %h outside/secret; ls '\(fixture.restored)'") == "1\nlink\nx\n")
        }
    }
}
