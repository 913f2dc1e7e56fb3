import Concurrency
import ObjectStore
import Testing

/// What every object store promises about its lists and its keys.
@Suite("Object store conformance: lists and keys")
struct ObjectListConformanceTests {
    /// In the order of their bytes.
    static let keys = [
        "a", "a b/c", "a!b", "a'(1)*", "a+b", "a-b/1", "a/1", "a/2/3", "a0", "a:b", "a=b&c?d#e", "a@b;c,d", "a~b",
        "b%41",
        "b%2F", "b%25", "caf\u{65}\u{301}", "caf\u{e9}", "d.e", "e\"g<h>&amp;", "f[g]{h}|^`", "g\u{7f}",
        "\u{1F4E6}/\u{4E2D}",
    ].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }

    /// Keys of which no one lies beneath another, as a directory needs it.
    static let treeKeys = keys.filter { $0 != "a" }

    @Test("Awkward keys keep their objects apart", arguments: ObjectStoreFixture.all)
    func awkwardKeys(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            for (index, key) in Self.treeKeys.enumerated() {
                try await store.put([UInt8(index)], at: ObjectKey(key), if: .absent)
            }
            for (index, key) in Self.treeKeys.enumerated() {
                #expect(try await store.get(ObjectKey(key)) == [UInt8(index)], "\(key)")
                #expect(try await store.stat(ObjectKey(key))?.sizeInBytes == 1, "\(key)")
            }
            #expect(try await store.list(prefix: "").map(\.key.rawValue.utf8Bytes) == Self.treeKeys.map(\.utf8Bytes))
            try await store.delete(Self.treeKeys.map { ObjectKey($0) })
            #expect(try await store.list(prefix: "").isEmpty)
        }
    }

    @Test("Keys that begin with a dot are like others", arguments: ObjectStoreFixture.all)
    func dots(fixture: ObjectStoreFixture) async throws {
        let keys = ["%2Ea", "%a", "...", ".kbackup/lock", "a/.b"].map { ObjectKey($0) }
        try await fixture.withStore { store in
            for key in keys { try await store.put(Array(key.rawValue.utf8), at: key, if: .absent) }
            for key in keys { #expect(try await store.get(key) == Array(key.rawValue.utf8)) }
            #expect(try await store.list(prefix: "").map(\.key) == keys.sorted())
            #expect(try await store.list(prefix: ".").map(\.key.rawValue) == ["...", ".kbackup/lock"])
            #expect(try await store.list(prefix: "a/.").map(\.key.rawValue) == ["a/.b"])
            #expect(try await store.list(prefix: "%").map(\.key.rawValue) == ["%2Ea", "%a"])
            try await store.delete(keys)
            #expect(try await store.list(prefix: "").isEmpty)
        }
    }

    /// Starts of keys, and the keys that they are the start of.
    static let prefixes: KeyValuePairs = [
        "": ["index/1", "packs/00/a", "packs/01/b", "packs/1", "root", "snapshots/c/x", "snapshots/c/y"],
        "p": ["packs/00/a", "packs/01/b", "packs/1"],
        "packs": ["packs/00/a", "packs/01/b", "packs/1"],
        "packs/": ["packs/00/a", "packs/01/b", "packs/1"],
        "packs/0": ["packs/00/a", "packs/01/b"],
        "packs/00/": ["packs/00/a"],
        "packs/00/a": ["packs/00/a"],
        "packs/00/ab": [],
        "snapshots/c": ["snapshots/c/x", "snapshots/c/y"],
        "root": ["root"],
        "root/": [],
        "missing/": [],
        // What no key starts with.
        "/": [],
        "packs//": [],
        "packs/../": [],
        "./": [],
        "..": [],
    ]

    @Test("A prefix may end within a segment", arguments: ObjectStoreFixture.all)
    func prefixes(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            let keys = ["root", "packs/00/a", "packs/01/b", "packs/1", "index/1", "snapshots/c/y", "snapshots/c/x"]
            for key in keys { try await store.put([1], at: ObjectKey(key), if: .absent) }
            for (prefix, keys) in Self.prefixes {
                #expect(try await store.list(prefix: prefix).map(\.key.rawValue) == keys, "'\(prefix)'")
            }
        }
    }

    @Test("A list may begin behind a key, or part of one", arguments: ObjectStoreFixture.all)
    func starts(fixture: ObjectStoreFixture) async throws {
        let keys = ["index/1", "packs/00/a", "packs/01/b", "packs/1", "restores/a/1", "root", "snapshots/c/x", "t/1"]
        try await fixture.withStore { store in
            for key in keys { try await store.put([1], at: ObjectKey(key), if: .absent) }
            for start in ["", "a", "pack", "packs/00/a", "packs/00/b", "packs/01/", "restores0", "root", "t/0", "t/1"] {
                for prefix in ["", "packs/", "packs/0", "snapshots/"] {
                    var found: [String] = []
                    try await store.list(prefix: prefix, after: start) { found += $0.map(\.key.rawValue) }
                    #expect(found == keys.filter { $0.hasPrefix(prefix) && $0 > start }, "'\(prefix)' after '\(start)'")
                }
            }
        }
    }

    @Test("A list tells size, version and time as the object does", arguments: ObjectStoreFixture.all)
    func listedFacts(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            for size in [0, 1, 77_777] {
                try await store.put(bytes(size), at: ObjectKey("sizes/\(size)"), if: .absent)
            }
            for listed in try await store.list(prefix: "") {
                let stat = try #require(try await store.stat(listed.key))
                #expect(listed.sizeInBytes == stat.sizeInBytes)
                #expect(listed.version == stat.version)
                // One of the two may be in whole seconds.
                #expect(abs(listed.modifiedAt - stat.modifiedAt) <= 1)
            }
        }
    }

    @Test("A long list comes in pages, complete and in order", arguments: ObjectStoreFixture.all)
    func pages(fixture: ObjectStoreFixture) async throws {
        let keys = (0..<1234).map { ObjectKey("packs/\(String($0 % 7, radix: 16))/object-\($0)") }
        try await fixture.withStore { store in
            try await keys.concurrentForEach(width: 16) { key in
                _ = try await store.put([], at: key, if: .absent)
            }
            var pages: [[ObjectKey]] = []
            try await store.list(prefix: "packs/") { pages.append($0.map(\.key)) }
            #expect(pages.allSatisfy { !$0.isEmpty && $0.count <= 1000 })
            #expect(pages.flatMap { $0 } == keys.sorted())

            var count = 0
            await #expect(throws: StopListing.self) {
                try await store.list(prefix: "packs/") { page in
                    count += page.count
                    throw StopListing()
                }
            }
            #expect(count > 0 && count <= 1000)

            try await store.delete(keys)
            #expect(try await store.list(prefix: "").isEmpty)
        }
    }

    private struct StopListing: Error {}
}

extension String {
    /// Strings are equal when they look the same; keys are when their bytes are.
    var utf8Bytes: [UInt8] { Array(utf8) }
}
