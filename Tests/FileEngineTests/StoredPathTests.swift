import Repository
import Testing

@testable import FileEngine

@Suite("Stored paths")
struct StoredPathTests {
    @Test("Keys sort as a walk through sorted folders finds them")
    func order() {
        let walk = ["a", "a/b", "a/b/c", "a/b.txt", "a/é", "a.txt", "a0", "b"].map { StoredPath($0) }
        var keys: [[UInt8]] = []
        for path in walk {
            keys += [path.nodeKey, path.dataKey(offset: 0), path.dataKey(offset: 1 << 40), path.markKey]
        }
        #expect(zip(keys, keys.dropFirst()).allSatisfy { $0.isBefore($1) })
    }

    @Test("A key tells what it stands for")
    func keys() {
        let path = StoredPath("/srv//data/./x/")
        #expect(path.text == "/srv/data/x")
        #expect(FileKey(path.nodeKey) == .node(path))
        #expect(FileKey.isNode(path.nodeKey))
        #expect(FileKey(path.dataKey(offset: 256)) == .data(path, offset: 256))
        #expect(!FileKey.isNode(path.dataKey(offset: 0)))
        #expect(FileKey(path.markKey) == .mark(path))
        for bad: [UInt8] in [
            [], [0, 0], [97], [97, 0], [97, 0, 0, 1], [97, 0, 0, 255, 255, 255, 255, 255, 255, 255, 254],
        ] {
            #expect(FileKey(bad) == nil, "\(bad)")
        }
    }
}
