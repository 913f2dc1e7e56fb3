import Foundation
import ObjectStore
import ObjectStoreTestSupport
import Synchronization
import Testing

@testable import Repository

@Suite("Copies of backups in another repository")
struct BackupCopyTests {
    private let target = InMemoryObjectStore()
    private let targetKey = RepositoryKey.makeKeyFile()

    private func makeTarget() async throws -> Repository {
        try await Repository.create(in: target, key: targetKey, at: Date(timeIntervalSince1970: 0))
    }

    private func copier(_ fixture: CopyFixture, _ repository: Repository) -> BackupCopy {
        BackupCopy(from: fixture.repository, to: repository, width: 4, now: { Date(timeIntervalSince1970: 1000) })
    }

    @Test("Every record of every kind comes over, under other ids, and the second time nothing is done")
    func roundTrip() async throws {
        let fixture = try await CopyFixture.with(backups: 6)
        let repository = try await makeTarget()
        var copy = copier(fixture, repository)
        var written: [Int] = []
        for place in 0..<6 {
            guard case .copied(let statistics) = try await copy.copy(fixture.name(place)) else {
                Issue.record("it was there")
                return
            }
            written.append(statistics.newRecords)
        }
        try await fixture.check(try await Repository.open(target, key: targetKey), Array(0..<6))
        // The second has pages only; the others what changed since the last one with that content. (The fifth changes an
        // object that it then removes.)
        #expect(written == [62, 1, 6, 4, 3, 4])
        for place in 0..<6 {
            let copied = try await repository.snapshots.read(fixture.name(place)).snapshot
            for (one, other) in zip(copied.contents, fixture.backups[place].snapshot.contents) {
                #expect(one.manifest.rootHash != other.manifest.rootHash)
            }
        }
        let before = try await target.list(prefix: "")
        var again = copier(fixture, repository)
        for place in 0..<6 {
            guard case .present = try await again.copy(fixture.name(place)) else {
                Issue.record("it was copied again")
                return
            }
        }
        #expect(try await target.list(prefix: "") == before)
    }

    @Test("Records that did not change are not read again")
    func unchanged() async throws {
        let fixture = try await CopyFixture.with(backups: 3)
        let repository = try await makeTarget()
        var copy = copier(fixture, repository)
        _ = try await copy.copy(fixture.name(0))
        _ = try await copy.copy(fixture.name(1))
        // From now on, the blocks of records in the first backup's pack cannot be read.
        let pack = try fixture.backups[0].snapshot.newPack
        let footer = try await fixture.repository.reader.readFooter(of: pack)
        var offset = PackFooter.header.count
        var records: [Range<Int>] = []
        for block in footer.blocks {
            let end = offset + Int(block.storedLength)
            if block.kind != .manifest { records.append(offset..<end) }
            offset = end
        }
        let lost = records
        fixture.store.failReads { key, range in
            guard key == pack.key, case .bytes(let bytes) = range, lost.contains(where: bytes.overlaps) else {
                return nil
            }
            return ObjectStoreError(.refused, "not again")
        }
        _ = try await copy.copy(fixture.name(2))
        fixture.store.failReads(nil)
        try await fixture.check(repository, [0, 1, 2])
    }

    @Test("Layers and their merges come over", arguments: [1, 2])
    func layers(step: Int) async throws {
        let fixture = try await CopyFixture.with(backups: 25, records: 60)
        let repository = try await makeTarget()
        var copy = copier(fixture, repository)
        let places = Array(stride(from: 0, to: 25, by: step))
        for place in places { _ = try await copy.copy(fixture.name(place)) }
        try await fixture.check(repository, places)
    }

    @Test(
        "Cut off at any request of the target, a copy is finished by the next",
        arguments: CutOffStore.Moment.allCases
    )
    func cutOff(moment: CutOffStore.Moment) async throws {
        let fixture = try await CopyFixture.with(backups: 3)
        for request in 0..<200 {
            let store = InMemoryObjectStore()
            _ = try await Repository.create(in: store, key: targetKey, at: Date(timeIntervalSince1970: 0))
            let cut = CutOffStore(store, at: request, moment)
            do {
                var copy = copier(fixture, try await Repository.open(cut, key: targetKey))
                for place in 0..<3 { _ = try await copy.copy(fixture.name(place)) }
            } catch is CutOffStore.CutOff {}
            let sound = try await Repository.open(store, key: targetKey)
            let there = try await sound.snapshots.list().count
            try await fixture.check(sound, Array(0..<there), "request \(request)")
            guard cut.isCut else {
                #expect(there == 3)
                #expect(request > 6)
                return
            }
            var again = copier(fixture, sound)
            for place in 0..<3 { _ = try await again.copy(fixture.name(place)) }
            try await fixture.check(sound, [0, 1, 2], "request \(request), gone on")
        }
        Issue.record("it never came to an end")
    }

    @Test("Another backup of the name is neither replaced nor taken for a copy")
    func nameTaken() async throws {
        let fixture = try await CopyFixture.with(backups: 2)
        let other = try await CopyFixture.with(backups: 1)
        var copy = copier(other, fixture.repository)
        let error = await #expect(throws: UncopiedBackupError.self) { _ = try await copy.copy(other.name(0)) }
        #expect(error?.code == .nameTaken)
        try await fixture.check(fixture.repository, [0, 1])
        // A copy of another backup of that name is none of this one.
        let repository = try await makeTarget()
        var first = copier(fixture, repository)
        _ = try await first.copy(fixture.name(0))
        var second = copier(other, repository)
        let taken = await #expect(throws: UncopiedBackupError.self) { _ = try await second.copy(other.name(0)) }
        #expect(taken?.code == .nameTaken)
    }

    @Test("A backup that has lost records is not copied, and they are named; others are")
    func damage() async throws {
        let fixture = try await CopyFixture.with(backups: 3)
        let lost = try fixture.backups[2].snapshot.newPack
        let footer = try await fixture.repository.reader.readFooter(of: lost)
        #expect(footer.blocks[0].kind == .objects)
        try await fixture.store.damage(lost.key) { $0[PackFooter.header.count + 5] ^= 1 }
        let repository = try await makeTarget()
        var copy = copier(fixture, repository)
        _ = try await copy.copy(fixture.name(0))
        let error = await #expect(throws: UncopiedBackupError.self) { _ = try await copy.copy(fixture.name(2)) }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("'g/r/ns/new-3'") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(lost.description) == true)
        _ = try await copy.copy(fixture.name(1))
        try await fixture.check(repository, [0, 1])
    }

    @Test("A backup whose manifest is lost is not copied, nor one whose snapshot is")
    func lostManifest() async throws {
        let fixture = try await CopyFixture.with(backups: 3)
        try await fixture.damageManifest(of: 2)
        let key = ObjectKey("snapshots/c/b2")
        try await fixture.store.damage(key) { $0[$0.count / 2] ^= 1 }
        let repository = try await makeTarget()
        var copy = copier(fixture, repository)
        _ = try await copy.copy(fixture.name(0))
        let snapshot = await #expect(throws: RepositoryError.self) { _ = try await copy.copy(fixture.name(1)) }
        #expect(snapshot?.code == .damaged)
        let manifest = await #expect(throws: UncopiedBackupError.self) { _ = try await copy.copy(fixture.name(2)) }
        #expect(manifest?.code == .damaged)
        try await fixture.check(repository, [0])
    }

    @Test("What the target has lost is copied anew", arguments: [true, false])
    func damagedTarget(isWhole: Bool) async throws {
        let fixture = try await CopyFixture.with(backups: 3)
        let repository = try await makeTarget()
        var copy = copier(fixture, repository)
        guard case .copied = try await copy.copy(fixture.name(0)) else { return }
        let pack = try await repository.snapshots.read(fixture.name(0)).snapshot.newPack
        if isWhole {
            try await target.delete([pack.key])
        } else {
            try await target.damage(pack.key) { $0.removeLast($0.count - 100) }
        }
        // Another process, which has nothing in memory.
        let opened = try await Repository.open(target, key: targetKey)
        var again = copier(fixture, opened)
        _ = try await again.copy(fixture.name(0))
        _ = try await again.copy(fixture.name(2))
        try await opened.snapshots.delete(fixture.name(0))
        try await fixture.check(opened, [2])
    }

    @Test("Progress is told as bytes are stored")
    func progress() async throws {
        let fixture = try await CopyFixture.with(backups: 1, records: 2500)
        let told = Mutex<[Int]>([])
        var copy = BackupCopy(
            from: fixture.repository,
            to: try await makeTarget(),
            width: 2,
            now: { Date() },
            onProgress: { bytes in told.withLock { $0.append(bytes) } }
        )
        _ = try await copy.copy(fixture.name(0))
        let bytes = told.withLock { $0 }
        #expect(bytes.count > 2)
        #expect(bytes == bytes.sorted())
    }
}

extension CopyFixture {
    /// Spoils the page of the newest layer of a backup's objects.
    func damageManifest(of place: Int) async throws {
        let layer = try #require(backups[place].snapshot.contents[0].manifest.layers.last)
        let block = layer.pages[0].block
        try await store.damage(block.pack.key) { $0[Int(block.offset) + 3] ^= 1 }
    }
}
