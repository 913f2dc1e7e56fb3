import Concurrency
import ObjectStore
import Synchronization

/// Looks for damage in a repository: in what backups refer to, in packs, and in the index.
final class RepositoryCheck: Sendable {
    /// What was found, and what backups have lost by it.
    struct Outcome: Sendable {
        var report = CheckReport()
        var damage = DamageMap()
        /// Packs that are there, and that are spoilt somewhere: whatever else they hold may be, too.
        var spoiltPacks: Set<PackID> = []
        /// Snapshots that cannot be read.
        var lostSnapshots: [SnapshotName: RepositoryError] = [:]
        /// Whether a page of some manifest cannot be read.
        var hasLostPages = false
    }

    private let repository: Repository
    private let store: any ObjectStore
    /// Of the packs, so many in a hundred are read and verified.
    private let dataPercent: Int
    private let outcome = Mutex(Outcome())

    private static let footersAtOnce = 8
    private static let packsAtOnce = 3
    private static let reportsAtOnce = 8

    init(_ repository: Repository, dataPercent: Int) {
        self.repository = repository
        self.dataPercent = dataPercent
        store = repository.store
    }

    /// Where the repository is, for messages.
    var location: String { store.location }

    func update(_ change: (inout Outcome) -> Void) { outcome.withLock { change(&$0) } }

    func run() async throws -> Outcome {
        let list = try await PackList(of: store)
        var packs = list.packs
        let walked = try await walk()
        let relocations = try await repository.readRelocations(list.relocations) { pack, error in
            self.add(Relocation.key(pack).rawValue, error.message)
        }
        let named = Set(walked.live.packs.keys.lazy.filter { relocations[$0] == nil })
        let missing = try await recheck(named.subtracting(packs.lazy.map(\.id)), &packs)
        for pack in missing { lose(pack, walked.live.packs[pack] ?? [:]) }
        let data = ResolvedData(walked.live, relocations, packs: packs)
        let live = data.live.packs
        let sizes = Dictionary(uniqueKeysWithValues: packs.map { ($0.id, $0.sizeInBytes) })
        outcome.withLock { outcome in
            outcome.report.backups = walked.backups + outcome.lostSnapshots.count
            outcome.report.manifestPages = walked.pages
            outcome.report.relocations = list.relocations.count
            outcome.report.packs = packs.count
            outcome.report.packBytes = packs.reduce(0) { $0 + $1.sizeInBytes }
            outcome.report.unreferencedPacks = packs.count { live[$0.id] == nil }
        }
        let sample = packs.shuffled().prefix((packs.count * dataPercent + 99) / 100)
        let read = Set(sample.map(\.id))
        try await sample.concurrentForEach(width: Self.packsAtOnce) { pack in
            try await self.check(pack, live[pack.id], readsData: true)
        }
        // Of a pack that nothing refers to, only the data could tell something.
        try await packs.filter { live[$0.id] != nil && !read.contains($0.id) }
            .concurrentForEach(width: Self.footersAtOnce) { pack in
                try await self.check(pack, live[pack.id], readsData: false)
            }
        try await checkIndex(sizes)
        loseRelocated(data, sizes)
        try await checkReports()
        return outcome.withLock { $0 }
    }

    private func walk() async throws -> ReachabilityWalk.Outcome {
        try await ReachabilityWalk(repository) { damage, error in
            switch damage {
            case .snapshot(let name):
                self.outcome.withLock { outcome in
                    outcome.lostSnapshots[name] = error
                    outcome.report.add(
                        CheckReport.Damage(object: SnapshotStore.key(name).rawValue, message: error.message)
                    )
                }
            case .page(let block):
                self.outcome.withLock { outcome in
                    outcome.hasLostPages = true
                    outcome.report.add(
                        CheckReport.Damage(object: block.pack.key.rawValue, message: error.message)
                    )
                }
            }
        }.run()
    }

    /// Packs of backups that were made since the packs were listed are there after all.
    ///
    /// - Returns: Those that are missing.
    private func recheck(_ unlisted: Set<PackID>, _ packs: inout [ListedPack]) async throws -> [PackID] {
        var missing: [PackID] = []
        for id in unlisted.sorted() {
            if let stat = try await store.stat(id.key) {
                packs.append(ListedPack(id: id, sizeInBytes: stat.sizeInBytes, modifiedAt: stat.modifiedAt))
            } else {
                missing.append(id)
            }
        }
        return missing
    }

    private func lose(_ pack: PackID, _ blocks: LiveData.Blocks) {
        let error = RepositoryError.missing(pack, in: store.location)
        outcome.withLock { outcome in
            outcome.report.add(CheckReport.Damage(object: pack.key.rawValue, message: error.message))
            for block in blocks.keys { outcome.damage.insert(block) }
        }
    }

    private func check(_ pack: ListedPack, _ live: LiveData.Blocks?, readsData: Bool) async throws {
        let finding = try await PackCheck(pack, live: live ?? [:], reader: repository.reader).run(readsData: readsData)
        if !finding.messages.isEmpty, try await store.stat(pack.id.key) == nil {
            // A prune has deleted it since it was listed.
            if live == nil { return }
            if try await RelocationTable.read(pack.id, from: store, keys: repository.keys) != nil { return }
        }
        outcome.withLock { outcome in
            if readsData { outcome.report.packsRead += 1 }
            outcome.report.blocksRead += finding.blocksRead
            outcome.report.bytesRead += finding.bytesRead
            outcome.damage.formUnion(finding.damage)
            if !finding.messages.isEmpty, finding.mayHoldChunks { outcome.spoiltPacks.insert(pack.id) }
            for message in finding.messages {
                outcome.report.add(CheckReport.Damage(object: pack.id.key.rawValue, message: message))
            }
        }
    }

    private func add(_ object: String, _ message: String) {
        outcome.withLock { $0.report.add(CheckReport.Damage(object: object, message: message)) }
    }

    /// Reads the index; blocks of packs that a prune has deleted may be in it.
    private func checkIndex(_ sizes: [PackID: Int]) async throws {
        for segment in try await store.list(prefix: ChunkIndex.prefix).map(\.key) {
            do {
                let payload = try await Envelope.read(segment, from: store, keys: repository.keys)
                let subject = "Index segment '\(segment)'"
                let blocks = try IndexSegment.decode(payload, subject: subject) { _, _, _, _ in }
                let wrong = blocks.first { block in
                    sizes[block.pack].map { block.offset + UInt64(block.storedLength) > UInt64($0) } ?? false
                }
                if let block = wrong {
                    throw RepositoryError(
                        .damaged,
                        "Index segment '\(segment)' has a block beyond the end of pack \(block.pack)."
                    )
                }
            } catch let error as RepositoryError where error.code == .damaged {
                outcome.withLock { outcome in
                    outcome.report.add(CheckReport.Damage(object: segment.rawValue, message: error.message))
                }
            } catch let error as ObjectStoreError where error.code == .notFound {
                continue
            }
            outcome.withLock { $0.report.indexSegments += 1 }
        }
    }

    private func checkReports() async throws {
        try await repository.restores.all().concurrentForEach(width: Self.reportsAtOnce) { report in
            do {
                _ = try await self.repository.restores.read(report)
            } catch let error as RepositoryError where error.code == .damaged {
                self.outcome.withLock { outcome in
                    outcome.report.add(CheckReport.Damage(object: report.key.rawValue, message: error.message))
                }
            } catch let error as RepositoryError where error.code == .backupNotFound {
                return
            }
            self.outcome.withLock { $0.report.restoreReports += 1 }
        }
    }
}

extension Repository {
    /// Looks for damage, and names the backups that it harms.
    ///
    /// Reads every snapshot, every page of a manifest, every segment of the index and every report of a restore, and the
    /// table of contents of every pack that backups refer to.
    ///
    /// - Parameter dataPercent: Of the packs, so many in a hundred are read as well, and each of their records is verified:
    ///   chosen anew each time.
    /// - Throws: `ObjectStoreError` when the store fails otherwise than by having lost or damaged an object.
    package func check(dataPercent: Int) async throws -> CheckReport {
        let outcome = try await RepositoryCheck(self, dataPercent: dataPercent).run()
        var report = outcome.report
        report.harmed = try await harmedBackups(outcome)
        return report
    }

    func harmedBackups(_ outcome: RepositoryCheck.Outcome) async throws -> [CheckReport.HarmedBackup] {
        var harmed = outcome.lostSnapshots.map { CheckReport.HarmedBackup(name: $0, reason: $1.message) }
        if outcome.hasLostPages || !outcome.damage.isEmpty {
            for name in try await snapshots.list().map(\.name) where outcome.lostSnapshots[name] == nil {
                guard let snapshot = try await snapshots.readIfPresent(name)?.snapshot else { continue }
                var backup = CheckReport.HarmedBackup(name: name)
                for content in snapshot.contents {
                    var walk = try await LossWalk(contents(of: content.manifest), outcome.damage)
                    while let step = try await walk.next() {
                        if case .loss(let loss) = step { backup.add(loss, kind: content.kind) }
                    }
                }
                if backup.lostRecords + backup.lostRows > 0 { harmed.append(backup) }
            }
        }
        return harmed.sorted { ($0.name.cluster, $0.name.name) < ($1.name.cluster, $1.name.name) }
    }
}
