import Foundation
import ObjectStore
import Testing

@testable import Repository

@Suite("Where a repository can be made")
struct RepositoryOccupancyTests {
    private let now = Date(timeIntervalSince1970: 0)

    @Test("Where data lies without a root, no repository is made, nor said not to be there", arguments: [true, false])
    func lostRoot(hasSnapshots: Bool) async throws {
        var fixture = try await RepositoryFixture()
        let snapshot = try await fixture.backUp(["a": [1]], as: "one")
        let root = try await fixture.store.get(Repository.rootKey)
        try await fixture.store.delete([Repository.rootKey])
        if !hasSnapshots { try await fixture.store.delete(fixture.store.list(prefix: "snapshots/").map(\.key)) }
        for open in [true, false] {
            let error = await #expect(throws: RepositoryError.self) {
                _ =
                    open
                    ? try await Repository.open(fixture.store, key: fixture.key)
                    : try await Repository.create(in: fixture.store, key: .makeKeyFile(), at: now)
            }
            #expect(error?.code == .damaged)
            #expect(error?.message.contains("'root'") == true)
            #expect(error?.message.contains(try snapshot.newPack.key.rawValue) == true)
        }
        try await fixture.store.put(root, at: Repository.rootKey, if: .absent)
        _ = try await Repository.open(fixture.store, key: fixture.key)
    }

    @Test(
        "Any object of a repository is enough to refuse a new one",
        arguments: [
            "packs/00/00112233445566778899aabbccddeeff", "index/0/00112233445566778899aabbccddeeff",
            "snapshots/c/n", "restores/c/n", "tombstones/x",
        ]
    )
    func anyObject(name: String) async throws {
        let store = InMemoryObjectStore()
        try await store.put([1], at: ObjectKey(name), if: .absent)
        let error = await #expect(throws: RepositoryError.self) {
            try await Repository.create(in: store, key: .makeKeyFile(), at: now)
        }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("'\(name)'") == true)
    }

    @Test("A location that only holds folders of a console and a probe is free")
    func markers() async throws {
        let store = InMemoryObjectStore()
        for name in ["packs/empty", "snapshots/empty", "logs/probe-1"] {
            try await store.put(name.hasPrefix("logs") ? [1] : [], at: ObjectKey(name), if: .absent)
        }
        _ = try await Repository.create(in: store, key: .makeKeyFile(), at: now)
        let error = await #expect(throws: RepositoryError.self) {
            try await Repository.create(in: store, key: .makeKeyFile(), at: now)
        }
        #expect(error?.code == .alreadyExists)
    }

    @Test("A location of another program is refused", arguments: ["notes.txt", "rootfs.img", "packs.zip"])
    func foreign(name: String) async throws {
        let store = InMemoryObjectStore()
        try await store.put([1], at: ObjectKey(name), if: .absent)
        for open in [true, false] {
            let error = await #expect(throws: RepositoryError.self) {
                _ =
                    open
                    ? try await Repository.open(store, key: .makeKeyFile())
                    : try await Repository.create(in: store, key: .makeKeyFile(), at: now)
            }
            #expect(error?.code == .otherFormat)
            #expect(error?.message.contains("'\(name)'") == true)
        }
    }
}
