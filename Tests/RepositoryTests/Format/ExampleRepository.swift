import Crypto
import Foundation
import ObjectStore
import Testing

@testable import Repository

/// All objects of a repository.
typealias StoredObjects = [ObjectKey: [UInt8]]

extension StoredObjects {
    init(of store: any ObjectStore) async throws {
        self.init()
        for object in try await store.list(prefix: "") { self[object.key] = try await store.get(object.key) }
    }

    /// A store that has them.
    func store() async throws -> InMemoryObjectStore {
        let store = InMemoryObjectStore { 0 }
        for (key, bytes) in self { try await store.put(bytes, at: key, if: .absent) }
        return store
    }

    /// Their keys, sorted, that start with a prefix.
    func keys(_ prefix: String) -> [ObjectKey] { keys.filter { $0.rawValue.hasPrefix(prefix) }.sorted() }
}

/// A small repository with objects of every kind.
///
/// Backup `first`, and `second` over it; `gone` was deleted, and its pack is marked; a report of a restore.
struct ExampleRepository {
    let objects: StoredObjects

    /// The key file is made of a word that anybody can read here: what it opens is no secret.
    static let key = RepositoryKey.keyFile(
        SymmetricKey(data: Array(SHA256.hash(data: Data("kbackup example key file".utf8))))
    )
    static let passphrase = "correct horse battery staple"

    static let first = SnapshotName(cluster: ExampleContents.cluster, name: "first")
    static let second = SnapshotName(cluster: ExampleContents.cluster, name: "second")

    static func open(_ store: any ObjectStore) async throws -> Repository { try await Repository.open(store, key: key) }

    /// - Parameter hasPassphrase: Whether a passphrase opens it, too, which takes long to add.
    init(hasPassphrase: Bool) async throws {
        let store = InMemoryObjectStore { 1_700_000_000 }
        let date = Date(timeIntervalSince1970: 1_700_000_000)
        let repository = try await Repository.create(in: store, key: Self.key, at: date)
        if hasPassphrase {
            _ = try await KeySlots(store: store, key: Self.key)
                .add(.passphrase(Self.passphrase), label: "example", at: date)
        }
        let gone = try await Self.backUp(repository, "gone", parent: nil, Contents(objects: ["/a//b": [1, 2, 3]]))
        let marked = try #require(gone.newPacks.first.flatMap { PackID(hexadecimal: $0) })
        try await repository.snapshots.delete(SnapshotName(cluster: gone.cluster, name: gone.name))
        #expect(try await TombstoneStore(store: store).write(.marked, for: marked, replacing: nil))
        let first = try await Self.backUp(repository, "first", parent: nil, .earlier)
        _ = try await Self.backUp(repository, "second", parent: first, .later)
        _ = try await repository.restores.write(ExampleContents.report, named: Self.first, number: 1)
        objects = try await StoredObjects(of: store)
    }

    /// What one backup holds.
    private struct Contents {
        var objects: [String: [UInt8]]
        var pages: [[UInt8]] = []
        var chunks: [[UInt8]] = []
        var files: [(key: [UInt8], isNode: Bool, record: [UInt8])] = []

        static let earlier = Contents(
            objects: ExampleContents.objects,
            pages: ExampleContents.pages,
            chunks: ExampleContents.chunks,
            files: ExampleContents.files
        )
        static let later = Contents(
            objects: ExampleContents.laterObjects,
            pages: ExampleContents.laterPages,
            chunks: ExampleContents.laterChunks,
            files: ExampleContents.files
        )
    }

    private static func backUp(
        _ repository: Repository,
        _ name: String,
        parent: Snapshot?,
        _ contents: Contents
    ) async throws -> Snapshot {
        try await repository.writeBackup(
            SnapshotName(cluster: ExampleContents.cluster, name: name),
            parent: parent?.name,
            at: Date(timeIntervalSince1970: parent == nil ? 1_700_000_000 : 1_700_003_600),
            includesStreams: !contents.chunks.isEmpty
        ) { writer in
            func manifest(_ kind: SnapshotContent.Kind) -> ManifestWriter {
                writer.manifest(kind, parent: parent?.content(kind)?.manifest, extendsParent: parent != nil)
            }
            var stored = [
                SnapshotContent(kind: .objects, manifest: try await write(contents.objects, manifest(.objects)))
            ]
            if !contents.pages.isEmpty {
                let pages = try await write(contents.pages, manifest(.pagedFile))
                stored.append(SnapshotContent(kind: .pagedFile, manifest: pages, pageSize: ExampleContents.pageSize))
            }
            if !contents.chunks.isEmpty {
                let stream = try await write(chunks: contents.chunks, manifest(.stream))
                stored.append(SnapshotContent(kind: .stream, name: "notes", manifest: stream))
            }
            if !contents.files.isEmpty {
                stored.append(
                    SnapshotContent(kind: .files, manifest: try await write(contents.files, manifest(.files)))
                )
            }
            return Repository.Draft(contents: stored) { _ in ExampleContents.details }
        }.snapshot
    }

    private static func write(_ table: [String: [UInt8]], _ manifest: ManifestWriter) async throws -> Manifest {
        try await manifest.section(prefix: []) { section in
            for (key, record) in table.sorted(by: { Array($0.key.utf8).isBefore(Array($1.key.utf8)) }) {
                _ = try await section.put(record[...], at: Array(key.utf8))
            }
        }
        return try await manifest.finish()
    }

    private static func write(_ pages: [[UInt8]], _ manifest: ManifestWriter) async throws -> Manifest {
        try await manifest.section(prefix: []) { section in
            for (number, page) in pages.enumerated() {
                _ = try await section.put(page[...], at: .number(UInt64(number)))
            }
        }
        return try await manifest.finish()
    }

    private static func write(chunks: [[UInt8]], _ manifest: ManifestWriter) async throws -> Manifest {
        try await manifest.section(prefix: []) { section in
            var offset = 0
            for chunk in chunks {
                _ = try await section.put(chunk[...], at: .number(UInt64(offset)))
                offset += chunk.count
            }
        }
        return try await manifest.finish()
    }

    private static func write(
        _ files: [(key: [UInt8], isNode: Bool, record: [UInt8])],
        _ manifest: ManifestWriter
    ) async throws -> Manifest {
        try await manifest.section(prefix: []) { section in
            for file in files {
                let record = try manifest.prepare(file.isNode ? .node : .data, file.record[...], at: file.key)
                _ = try await section.put(record)
            }
        }
        return try await manifest.finish()
    }
}
