import Foundation
import ObjectStore
import Testing

@testable import Repository

/// A repository in memory, and what must be in it.
struct RepositoryFixture {
    let store: FaultyStore
    let key: RepositoryKey
    let repository: Repository
    var parent: (name: String, manifest: Manifest)?

    init() async throws {
        store = FaultyStore()
        key = RepositoryKey.makeKeyFile()
        repository = try await Repository.create(in: store, key: key, at: Date(timeIntervalSince1970: 0))
    }

    private init(_ fixture: RepositoryFixture, _ repository: Repository) {
        store = fixture.store
        key = fixture.key
        parent = fixture.parent
        self.repository = repository
    }

    /// The same, through a repository that was opened anew.
    func with(_ repository: Repository) -> RepositoryFixture { RepositoryFixture(self, repository) }

    /// Backs up `table`, cut into sections by the first byte of the keys.
    mutating func backUp(_ table: [String: [UInt8]], as name: String, extends: Bool = true) async throws -> Snapshot {
        var options = Options()
        options.extends = extends
        return try await backUp(table, as: name, options).snapshot
    }

    /// How a backup is made.
    struct Options {
        var kind = SnapshotContent.Kind.objects
        var extends = true
        var buildsOnParent = true
        var distrusted: Set<PackID> = []
        var bufferLimit = ManifestWriter.bufferLimit
    }

    mutating func backUp(
        _ table: [String: [UInt8]],
        as name: String,
        _ options: Options
    ) async throws -> (snapshot: Snapshot, warnings: [String]) {
        let sections = Dictionary(grouping: table.keys, by: { String($0.prefix(1)) })
        let parent = options.buildsOnParent ? self.parent : nil
        var warnings: [String] = []
        let written = try await repository.writeBackup(
            SnapshotName(cluster: "c", name: name),
            parent: parent?.name,
            at: Date(timeIntervalSince1970: 1),
            distrusting: options.distrusted
        ) { writer in
            let manifest = writer.manifest(
                options.kind,
                parent: parent?.manifest,
                extendsParent: options.extends,
                bufferLimit: options.bufferLimit
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (prefix, keys) in sections {
                    group.addTask {
                        try await manifest.section(prefix: Array(prefix.utf8)) { section in
                            for key in keys.map({ Array($0.utf8) }).sorted(by: { $0.isBefore($1) }) {
                                let record = table[String(decoding: key, as: UTF8.self)] ?? []
                                _ = try await section.put(record[...], at: key)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let finished = try await manifest.finish()
            warnings = writer.warnings
            let content = SnapshotContent(kind: options.kind, manifest: finished)
            return Repository.Draft(contents: [content]) { _ in [1, 2, 3] }
        }
        self.parent = (name, written.snapshot.contents[0].manifest)
        return (written.snapshot, warnings)
    }

    /// What a backup holds, read through a repository that was opened anew.
    func read(_ name: String) async throws -> [String: [UInt8]] {
        let repository = try await Repository.open(store, key: key)
        let (snapshot, details) = try await repository.snapshots.read(SnapshotName(cluster: "c", name: name))
        #expect(details == [1, 2, 3])
        let manifest = try #require(snapshot.contents.first).manifest
        let table = try await Self.table(of: repository.contents(of: manifest))
        #expect(table.count == manifest.entryCount)
        #expect(table.values.reduce(0) { $0 + $1.count } == manifest.recordBytes)
        return table
    }

    static func table(of contents: ManifestReader) async throws -> [String: [UInt8]] {
        let box = TableBox()
        try await contents.forEachRecord { entry, record in
            box.table[String(decoding: entry.key, as: UTF8.self)] = Array(record)
        }
        return box.table
    }
}

extension RepositoryFixture {
    /// Backs up a stream, cut into chunks of so many bytes.
    func backUpStream(
        _ data: [UInt8],
        chunks length: Int,
        as name: String
    ) async throws -> (snapshot: Snapshot, warnings: [String]) {
        var warnings: [String] = []
        let written = try await repository.writeBackup(
            SnapshotName(cluster: "c", name: name),
            parent: nil,
            at: Date(),
            includesStreams: true
        ) { writer in
            let manifest = writer.manifest(.stream, parent: nil, extendsParent: false)
            try await manifest.section(prefix: []) { section in
                for start in stride(from: 0, to: data.count, by: length) {
                    _ = try await section.put(data[start..<(start + length)], at: .number(UInt64(start)))
                }
            }
            let content = SnapshotContent(kind: .stream, manifest: try await manifest.finish())
            warnings = writer.warnings
            return Repository.Draft(contents: [content]) { _ in [] }
        }
        return (written.snapshot, warnings)
    }
}

extension RepositoryFixture {
    /// Reads a backup through a repository that was opened anew.
    func reader(_ snapshot: Snapshot) async throws -> ManifestReader {
        let repository = try await Repository.open(store, key: key)
        return repository.contents(of: try #require(snapshot.contents.first).manifest)
    }

    /// Spoils a byte of a block.
    func damage(_ block: BlockLocation) async throws {
        try await store.damage(block.pack.key) { $0[Int(block.offset) + Int(block.storedLength) / 2] ^= 0x10 }
    }

    /// Every pack that a backup refers to.
    func packs(of snapshot: Snapshot) async throws -> Set<PackID> {
        var packs = Set(snapshot.contents[0].manifest.layers.flatMap(\.pages).map(\.block.pack))
        try await reader(snapshot).forEachEntry { packs.insert($0.location.block.pack) }
        return packs
    }
}

extension Snapshot {
    /// The only pack that this backup added.
    var newPack: PackID {
        get throws {
            try #require(newPacks.count == 1)
            return try #require(PackID(hexadecimal: newPacks[0]))
        }
    }
}

/// Collects records in a closure that runs one after the other.
final class TableBox { var table: [String: [UInt8]] = [:] }
