import Testing

@testable import Etcd

@Suite("Revision of a database file")
struct DatabaseRevisionTests {
    private static let metas =
        BoltFile.padded(BoltFile.metaPage(), to: 1)
        + BoltFile.padded(BoltFile.metaPage(number: 1, root: 2, transaction: 8), to: 1)

    /// The page of the buckets, as number 3.
    private static func buckets(_ key: [UInt8]) -> [UInt8] {
        BoltFile.leaf(
            3,
            [
                (Array("alarm".utf8), BoltFile.bucket(root: 2)), (Array("key".utf8), key),
                (Array("lease".utf8), BoltFile.bucket(root: 2)),
            ],
            buckets: true
        )
    }

    private func revision(of file: [UInt8], chunkSize: Int = 1 << 18) -> Int64? {
        var revision = DatabaseRevision()
        for start in stride(from: 0, to: file.count, by: chunkSize) {
            revision.add(Array(file[start..<min(start + chunkSize, file.count)]))
        }
        return revision.value
    }

    private func elements(_ revisions: ClosedRange<UInt64>, valueSize: Int = 10) -> [(key: [UInt8], value: [UInt8])] {
        revisions.map { (BoltFile.key($0), [UInt8](repeating: 7, count: valueSize)) }
    }

    @Test(
        "A leaf, a tree whose parts lie before and behind their parents, and the hash at the end",
        arguments: [8192, 1 << 18]
    )
    func tree(chunkSize: Int) {
        let file =
            Self.metas + BoltFile.leaf(2, elements(90...99)) + Self.buckets(BoltFile.bucket(root: 6))
            + BoltFile.leaf(4, elements(10...12)) + BoltFile.branch(5, [4, 2])
            + BoltFile.branch(6, [4, 5]) + [UInt8](repeating: 1, count: 32)
        #expect(revision(of: file, chunkSize: chunkSize) == 99)
    }

    @Test("Pages that belong to nothing do not count, whatever they hold")
    func stalePages() {
        let file =
            Self.metas + BoltFile.leaf(2, elements(500...501)) + Self.buckets(BoltFile.bucket(root: 4))
            + BoltFile.leaf(4, elements(10...12)) + BoltFile.leaf(5, elements(700...701))
        #expect(revision(of: file) == 12)
    }

    @Test(
        "A key that lies pages behind its element is found, and so is one that straddles two pages",
        arguments: [5000, 4050, 2008, 90_000]
    )
    func overflow(valueSize: Int) {
        let leaf = BoltFile.leaf(4, elements(10...12, valueSize: valueSize))
        let file = Self.metas + BoltFile.blank() + Self.buckets(BoltFile.bucket(root: 4)) + leaf
        for chunkSize in [8192, 1 << 18] { #expect(revision(of: file, chunkSize: chunkSize) == 12) }
    }

    @Test("The deletion of a key is a revision, too")
    func deletion() {
        let file =
            Self.metas + BoltFile.blank() + Self.buckets(BoltFile.bucket(root: 4))
            + BoltFile.leaf(4, [(BoltFile.key(10), [1]), (BoltFile.key(11, isDeletion: true), [1])])
        #expect(revision(of: file) == 11)
    }

    @Test("A bucket that is small enough lies within the page of the buckets")
    func inline() {
        let inline = BoltFile.bucket(root: 0) + BoltFile.inlineLeaf(elements(3...5))
        #expect(revision(of: Self.metas + BoltFile.blank() + Self.buckets(inline)) == 5)
        let empty = BoltFile.bucket(root: 0) + BoltFile.inlineLeaf([])
        #expect(revision(of: Self.metas + BoltFile.blank() + Self.buckets(empty)) == nil)
    }

    @Test("The page of the buckets may be longer than one page")
    func longBuckets() {
        let long = BoltFile.bucket(root: 0) + BoltFile.inlineLeaf(elements(1...4, valueSize: 2000))
        #expect(revision(of: Self.metas + BoltFile.blank() + Self.buckets(long), chunkSize: 8192) == 4)
    }

    @Test("What cannot be followed has no revision")
    func unreadable() {
        #expect(revision(of: []) == nil)
        #expect(revision(of: BoltFile.blank(8)) == nil)
        #expect(revision(of: Self.metas) == nil)
        // Round in a circle, out of the file, and into a page that is none of the tree's.
        for target: UInt64 in [4, 5, 1 << 40, UInt64.max, 2] {
            let file =
                Self.metas + BoltFile.blank() + Self.buckets(BoltFile.bucket(root: 4)) + BoltFile.branch(4, [5])
                + BoltFile.branch(5, [target])
            #expect(revision(of: file) == nil)
        }
        // More buckets than one page has: a branch where their page should be.
        #expect(revision(of: Self.metas + BoltFile.blank() + BoltFile.branch(3, [2])) == nil)
    }

    @Test("Damage of any kind does no harm", arguments: 0..<40)
    func damage(seed: UInt64) {
        var state = seed &+ 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let file =
            Self.metas + BoltFile.leaf(2, elements(90...99)) + Self.buckets(BoltFile.bucket(root: 5))
            + BoltFile.leaf(4, elements(10...12, valueSize: 50)) + BoltFile.branch(5, [4, 6])
            + BoltFile.leaf(6, elements(20...22, valueSize: 5000))
        for _ in 0..<100 {
            var damaged = file
            for _ in 0...random(8) {
                // Where the structure is: the first bytes of a page.
                let offset = 8192 + random(file.count / 4096 - 2) * 4096 + random(80)
                damaged[offset] = random(3) == 0 ? 255 : UInt8(random(256))
            }
            // The seed is the argument; what comes out does not matter.
            _ = revision(of: damaged, chunkSize: 8192)
        }
    }
}
