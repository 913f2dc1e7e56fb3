import Foundation
import ObjectStore
import Testing

@testable import Repository

@Suite("A repository of format version 1")
struct GoldenRepositoryTests {
    private func open() async throws -> Repository {
        try await ExampleRepository.open(try await GoldenRepository.objects().store())
    }

    private func read(
        _ repository: Repository,
        _ name: SnapshotName,
        _ kind: SnapshotContent.Kind
    ) async throws -> [(key: [UInt8], record: [UInt8])] {
        let snapshot = try await repository.snapshots.read(name).snapshot
        let content = try #require(snapshot.content(kind))
        var records: [(key: [UInt8], record: [UInt8])] = []
        try await repository.contents(of: content.manifest).forEachRecord { entry, record in
            records.append((entry.key, Array(record)))
        }
        #expect(records.count == content.manifest.entryCount)
        #expect(records.reduce(0) { $0 + $1.record.count } == content.manifest.recordBytes)
        return records
    }

    @Test("Its key file and its passphrase open it")
    func keys() async throws {
        let store = try await GoldenRepository.objects().store()
        let byFile = try await Repository.open(store, key: ExampleRepository.key)
        let byPassphrase = try await Repository.open(store, key: .passphrase(ExampleRepository.passphrase))
        #expect(byFile.id == byPassphrase.id)
        let error = await #expect(throws: RepositoryError.self) {
            try await Repository.open(store, key: .passphrase("correct horse battery stable"))
        }
        #expect(error?.code == .wrongKey)
        let slots = try await KeySlots(store: store, key: ExampleRepository.key).list()
        #expect(slots.map(\.slot.kind) == [.keyFile, .passphrase])
        #expect(slots.map(\.slot.label) == [nil, "example"])
    }

    @Test("It lists its backups, its reports and its marks")
    func lists() async throws {
        let repository = try await open()
        #expect(
            try await repository.snapshots.list().map(\.name) == [ExampleRepository.first, ExampleRepository.second]
        )
        let reports = try await repository.restores.list()
        #expect(reports.map(\.name) == [ExampleRepository.first])
        #expect(try await repository.restores.read(reports[0]) == ExampleContents.report)
        let marks = try await TombstoneStore(store: repository.store).list()
        #expect(marks.values.map(\.state) == [.marked])
        let (second, details) = try await repository.snapshots.read(ExampleRepository.second)
        #expect(details == ExampleContents.details)
        #expect(second.parent == "first")
        #expect(second.createdAt == Date(timeIntervalSince1970: 1_700_003_600))
        #expect(second.contents.map(\.kind) == [.objects, .pagedFile, .stream, .files])
        #expect(second.content(.pagedFile)?.pageSize == ExampleContents.pageSize)
        #expect(second.content(.objects)?.manifest.layers.count == 2)
    }

    @Test("It is sound, and all of it is read to say so")
    func sound() async throws {
        let report = try await open().check(dataPercent: 100)
        #expect(report.isSound)
        #expect(report.backups == 2 && report.packs == 3 && report.unreferencedPacks == 1)
        #expect(report.indexSegments == 2 && report.restoreReports == 1)
        #expect(report.bytesRead == report.packBytes)
    }

    @Test("All that it holds is read back")
    func contents() async throws {
        let repository = try await open()
        let expected = [
            (ExampleRepository.first, ExampleContents.objects, ExampleContents.pages, ExampleContents.chunks),
            (
                ExampleRepository.second, ExampleContents.laterObjects, ExampleContents.laterPages,
                ExampleContents.laterChunks
            ),
        ]
        for (name, objects, pages, chunks) in expected {
            let table = try await read(repository, name, .objects)
            #expect(
                Dictionary(uniqueKeysWithValues: table.map { (String(decoding: $0.key, as: UTF8.self), $0.record) })
                    == objects
            )
            #expect(try await read(repository, name, .pagedFile).map(\.record) == pages)
            let stream = try await read(repository, name, .stream)
            #expect(stream.map(\.record) == chunks)
            #expect(stream.map { $0.key.number } == [0, 1000])
            let files = try await read(repository, name, .files)
            #expect(files.map(\.key) == ExampleContents.files.map(\.key))
            #expect(files.map(\.record) == ExampleContents.files.map(\.record))
        }
    }

    @Test("A backup is made over it, and it is pruned")
    func goesOn() async throws {
        let repository = try await open()
        let parent = try await repository.snapshots.read(ExampleRepository.second).snapshot
        let name = SnapshotName(cluster: ExampleContents.cluster, name: "third")
        _ = try await repository.writeBackup(name, parent: "second", at: Date()) { writer in
            let old = try #require(parent.content(.objects)).manifest
            let manifest = writer.manifest(.objects, parent: old, extendsParent: true)
            try await manifest.section(prefix: []) { section in
                for (key, record) in ExampleContents.laterObjects.sorted(by: { $0.key < $1.key }) {
                    _ = try await section.put(record[...], at: Array(key.utf8))
                }
            }
            let content = SnapshotContent(kind: .objects, manifest: try await manifest.finish())
            #expect(content.manifest.rootHash == old.rootHash)
            return Repository.Draft(contents: [content]) { _ in [] }
        }
        var options = PruneOptions()
        options.isExclusive = true
        #expect(try await repository.prune(options, wallClock: 1_700_000_000).tallies[.delete]?.packs == 1)
        let report = try await repository.check(dataPercent: 100)
        #expect(report.isSound && report.backups == 3 && report.unreferencedPacks == 0)
        #expect(try await TombstoneStore(store: repository.store).list().isEmpty)
    }

    @Test(
        "A new one is written",
        .enabled(if: ProcessInfo.processInfo.environment["KBACKUP_WRITE_EXAMPLE"] != nil)
    )
    func write() async throws {
        let name = try #require(ProcessInfo.processInfo.environment["KBACKUP_WRITE_EXAMPLE"])
        try GoldenRepository.write(try await ExampleRepository(hasPassphrase: true).objects, as: name)
    }
}
