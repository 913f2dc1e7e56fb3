import Foundation
import ObjectStore
import Testing

@testable import Repository

/// A repository in memory, and what must be in it.
struct RepositoryFixture {
    let store = FaultyStore()
    let key = RepositoryKey.makeKeyFile()
    let repository: Repository
    var parent: (name: String, manifest: Manifest)?

    init() async throws {
        repository = try await Repository.create(in: store, key: key, at: Date(timeIntervalSince1970: 0))
    }

    /// Backs up `table`, cut into sections by the first byte of the keys.
    mutating func backUp(_ table: [String: [UInt8]], as name: String, extends: Bool = true) async throws -> Snapshot {
        let sections = Dictionary(grouping: table.keys, by: { String($0.prefix(1)) })
        let parent = self.parent
        let written = try await repository.writeBackup(
            SnapshotName(cluster: "c", name: name),
            parent: parent?.name,
            at: Date(timeIntervalSince1970: 1)
        ) { writer in
            let manifest = writer.manifest(.objects, parent: parent?.manifest, extendsParent: extends)
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
            return Repository.Draft(contents: [SnapshotContent(kind: .objects, manifest: finished)]) { _ in [1, 2, 3] }
        }
        let manifest = try #require(written.snapshot.content(.objects)).manifest
        self.parent = (name, manifest)
        return written.snapshot
    }

    /// What a backup holds, read through a repository that was opened anew.
    func read(_ name: String) async throws -> [String: [UInt8]] {
        let repository = try await Repository.open(store, key: key)
        let (snapshot, details) = try await repository.snapshots.read(SnapshotName(cluster: "c", name: name))
        #expect(details == [1, 2, 3])
        let manifest = try #require(snapshot.content(.objects)).manifest
        let box = TableBox()
        try await repository.contents(of: manifest).forEachRecord { entry, record in
            box.table[String(decoding: entry.key, as: UTF8.self)] = Array(record)
        }
        #expect(box.table.count == manifest.entryCount)
        #expect(box.table.values.reduce(0) { $0 + $1.count } == manifest.recordBytes)
        return box.table
    }
}

/// Collects records in a closure that runs one after the other.
final class TableBox { var table: [String: [UInt8]] = [:] }
