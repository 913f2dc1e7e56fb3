import Foundation
import FuzzTestSupport
import ObjectStore
import Testing

@testable import Repository

/// A repository with backups of several kinds of data, and what a backup holds.
struct CopyFixture {
    /// Records by key, of each content.
    typealias Table = [SnapshotContent.Kind: [ManifestKey: [UInt8]]]

    let store = FaultyStore()
    let key = RepositoryKey.makeKeyFile()
    let repository: Repository
    private var random = SeededGenerator(state: 11)
    private(set) var table: Table = [:]
    private(set) var backups: [(snapshot: Snapshot, table: Table)] = []

    init() async throws {
        repository = try await Repository.create(in: store, key: key, at: Date(timeIntervalSince1970: 0))
    }

    /// Backups `b1`, `b2`, … each of which has a few changes, and some not every content.
    static func with(backups count: Int, records: Int = 30) async throws -> CopyFixture {
        var fixture = try await CopyFixture()
        for number in 0..<records {
            fixture.table[.objects, default: [:]][Array("g/r/ns/\(1000 + number)".utf8)] = fixture.random.bytes(9000)
            fixture.table[.pagedFile, default: [:]][.number(UInt64(number))] = fixture.random.bytes(4096)
        }
        fixture.table[.stream] = [.number(0): fixture.random.bytes(300_000), .number(300_000): fixture.random.bytes(9)]
        for number in 1...count {
            if number > 1 { fixture.change(number) }
            try await fixture.backUp("b\(number)", number == 2 ? [.pagedFile] : [.objects, .pagedFile, .stream])
        }
        return fixture
    }

    private mutating func change(_ number: Int) {
        let objects = table[.objects, default: [:]].keys.sorted { $0.isBefore($1) }
        table[.objects]?[objects[number % objects.count]] = random.bytes(700 + number)
        table[.objects]?[objects[(number * 7) % objects.count]] = nil
        table[.objects]?[Array("g/r/ns/new-\(number)".utf8)] = Array("new \(number)".utf8)
        table[.pagedFile]?[.number(UInt64(number % 30))] = random.bytes(4096)
        table[.stream]?[.number(300_000)] = random.bytes(9)
    }

    private mutating func backUp(_ name: String, _ kinds: [SnapshotContent.Kind]) async throws {
        let parent = backups.last { $0.snapshot.contents.count == kinds.count }?.snapshot
        let held = table.filter { kinds.contains($0.key) }
        let written = try await repository.writeBackup(
            SnapshotName(cluster: "c", name: name),
            parent: parent?.name,
            at: Date(timeIntervalSince1970: Double(100 + backups.count)),
            includesStreams: kinds.contains(.stream)
        ) { writer in
            var contents: [SnapshotContent] = []
            for kind in kinds {
                let manifest = writer.manifest(kind, parent: parent?.content(kind)?.manifest, extendsParent: true)
                try await manifest.section(prefix: []) { section in
                    for (key, record) in held[kind, default: [:]].sorted(by: { $0.key.isBefore($1.key) }) {
                        _ = try await section.put(record[...], at: key)
                    }
                }
                contents.append(
                    SnapshotContent(
                        kind: kind,
                        manifest: try await manifest.finish(),
                        pageSize: kind == .pagedFile ? 4096 : nil
                    )
                )
            }
            return Repository.Draft(contents: contents) { _ in Array("details of \(name)".utf8) }
        }
        backups.append((written.snapshot, held))
    }

    func name(_ place: Int) -> SnapshotName { SnapshotName(cluster: "c", name: backups[place].snapshot.name) }

    /// Sees to it that a repository has exactly these backups, every record of them.
    func check(_ copy: Repository, _ places: [Int], _ note: Comment = "") async throws {
        #expect(
            try await copy.snapshots.list().map(\.name.name).sorted() == places.map { name($0).name }.sorted(),
            note
        )
        for place in places {
            let (snapshot, table) = backups[place]
            let (copied, details) = try await copy.snapshots.read(name(place))
            #expect(details == Array("details of \(snapshot.name)".utf8), note)
            #expect(copied.createdAt == snapshot.createdAt, note)
            #expect(copied.cluster == snapshot.cluster, note)
            #expect(copied.contents.map(\.kind) == snapshot.contents.map(\.kind), note)
            #expect(copied.contents.map(\.pageSize) == snapshot.contents.map(\.pageSize), note)
            for content in copied.contents {
                let box = RecordBox()
                try await copy.contents(of: content.manifest).forEachRecord { box.records[$0.key] = Array($1) }
                #expect(box.records == table[content.kind], note)
                #expect(content.manifest.entryCount == box.records.count, note)
                #expect(content.manifest.recordBytes == box.records.values.reduce(0) { $0 + $1.count }, note)
            }
        }
    }
}

/// Collects records in a closure that runs one after the other.
final class RecordBox { var records: [ManifestKey: [UInt8]] = [:] }
