import Concurrency
import ObjectStore
import Synchronization

/// Deletes what no backup refers to, in two phases and without a lock.
///
/// `docs/format.md` says why no backup can lose anything by it, whatever runs at the same time, and wherever it is killed.
struct Prune: Sendable {
    private let repository: Repository
    private let options: PruneOptions
    private let store: any ObjectStore
    private let tombstones: TombstoneStore

    private static let width = 8
    /// Packs that are deleted at once, and so many marks in flight.
    private static let batch = 500

    init(_ repository: Repository, _ options: PruneOptions) {
        self.repository = repository
        self.options = options
        store = repository.store
        tombstones = TombstoneStore(store: store)
    }

    /// - Parameter wallClock: Now, in seconds since 1970: stands for the store's clock where nothing is written.
    func run(wallClock: Double) async throws -> PruneReport {
        // The order of the lists matters: what is seen in one was there before the next.
        let now = options.isDryRun || options.isExclusive ? wallClock : try await storeTime()
        let segments = try await store.list(prefix: ChunkIndex.prefix).map(\.key)
        let marks = try await tombstones.list()
        let list = try await PackList(of: store)
        let (reachable, data) = try await needed(list)
        let plan = PrunePlan(list, marks: marks, data: data, now: now, options, retention: store.retention)

        var report = PruneReport()
        report.backups = reachable.backups
        for case let (pack?, step) in plan.steps.map({ ($0.pack, $0) }) { report.add(pack, step.action) }
        report.lockedUntil = plan.steps.lazy.filter { $0.action == .locked }.compactMap(\.lockedUntil).max()
        report.deletedRelocations = plan.steps.count { $0.work == .delete && $0.relocation != nil }
        let deleted = Set(plan.steps.lazy.filter { $0.work == .delete || $0.work == .vacate }.map(\.id))
        let spentSegments = deleted.isEmpty ? [] : try await spent(segments, list.packs, deleted)
        report.deletedIndexSegments = spentSegments.count
        let repack = try await RepackPlan(plan, data, repository, options, now: now)
        report.unusedBytes = repack.unusedBytes
        report.unreadable = repack.unreadable
        for candidate in repack.chosen { report.repack(candidate.pack) }
        if options.isDryRun { return report }

        // What makes room comes first: the store may be full.
        _ = try await store.deleteUnlocked(spentSegments)
        try await delete(plan, data.names(), &report)
        try await tombstones.remove(plan.spentMarks)
        report.contested += try await restore(plan.steps.filter { $0.work == .restore })
        for state in [TombstoneStore.State.revived, .marked, .relocated] {
            report.contested += try await write(state, plan.steps.filter { $0.work == .mark(state) }).lost
        }
        try await Repack(repository, options).run(repack.chosen, data, &report)
        return report
    }

    /// The time by the store's clock, in seconds since 1970.
    private func storeTime() async throws -> Double {
        let key = ObjectKey("logs/time-\(PackID())")
        do {
            try await store.put(Array("kbackup repo prune\n".utf8), at: key, if: .absent)
        } catch let error as ObjectStoreError where error.code == .full {
            throw ObjectStoreError(
                .full,
                "\(error.message) A prune needs room for a mark of some bytes: when nothing else uses the repository, "
                    + "'kbackup repo prune --exclusive' needs none."
            )
        }
        let time = try await store.stat(key)?.modifiedAt
        _ = try await store.deleteUnlocked([key])
        guard let time else {
            throw ObjectStoreError(
                .corrupted,
                "'\(key)' was gone from '\(store.location)' right after it was written. Check the store."
            )
        }
        return time
    }

    /// What the backups need, and where it is.
    private func needed(_ list: PackList) async throws -> (ReachabilityWalk.Outcome, ResolvedData) {
        let location = store.location
        let reachable = try await ReachabilityWalk(repository) { damage, error in
            let subject =
                switch damage {
                case .snapshot(let name): "backup '\(name.name)' of cluster \(name.cluster) cannot be read"
                case .page: "part of a manifest cannot be read"
                }
            throw Self.stopped(at: location, "\(subject), so that what it needs is not known", error)
        }.run()
        let packs = Set(list.packs.lazy.map(\.id))
        let relocations = try await repository.readRelocations(list.relocations) { pack, error in
            // Otherwise the pack itself has what is needed of it, or nothing is.
            guard reachable.live.contains(pack), !packs.contains(pack) else { return }
            throw Self.stopped(at: location, "it cannot be read where the blocks of pack \(pack) are now", error)
        }
        return (reachable, ResolvedData(reachable.live, relocations, packs: list.packs))
    }

    private static func stopped(at location: String, _ reason: String, _ error: RepositoryError) -> RepositoryError {
        RepositoryError(
            .damaged,
            "Nothing was pruned from '\(location)', because \(reason). 'kbackup repo check' says what is damaged, and "
                + "'kbackup repo repair' mends it. \(error)"
        )
    }

    /// Deletes what is to be deleted: what a relocation names after the relocation.
    ///
    /// - Parameters:
    ///   - names: The relocations that name a pack.
    ///   - report: Is told what was left because somebody else took hold of it, or the store keeps it.
    private func delete(
        _ plan: PrunePlan,
        _ names: [PackID: Set<PackID>],
        _ report: inout PruneReport
    ) async throws {
        var left = plan.steps.filter { $0.work == .delete }
        let present = Set(plan.steps.lazy.filter { $0.relocation != nil }.map(\.id))
        var done: Set<PackID> = []
        while true {
            let ready = left.filter { step in
                names[step.id]?.allSatisfy { done.contains($0) || !present.contains($0) } ?? true
            }
            if ready.isEmpty { break }
            let tried = Set(ready.lazy.map(\.id))
            left.removeAll { tried.contains($0.id) }
            done.formUnion(try await delete(ready, claim: .deleting, &report, \.keys))
        }
        let vacated = plan.steps.filter { $0.work == .vacate }
        _ = try await delete(vacated, claim: .gone, &report) { $0.pack.map { [$0.id.key] } ?? [] }
        // What a relocation names that was left is left as well.
        report.contested += left.count
    }

    /// - Parameter claim: The mark that each must have first.
    /// - Returns: What was deleted.
    private func delete(
        _ steps: [PrunePlan.Step],
        claim: TombstoneStore.State,
        _ report: inout PruneReport,
        _ keys: (PrunePlan.Step) -> [ObjectKey]
    ) async throws -> Set<PackID> {
        var deleted: Set<PackID> = []
        for batch in steps.batches(of: Self.batch) {
            var own = Array(batch)
            if !options.isExclusive {
                let outcome = try await write(claim, batch.filter { $0.mark?.state != claim })
                own = batch.filter { $0.mark?.state == claim } + outcome.won
                report.contested += outcome.lost
            }
            let locked = Set(try await store.deleteUnlocked(own.flatMap(keys)))
            for step in own where !locked.isDisjoint(with: keys(step)) { step.pack.map { report.refuse($0) } }
            own.removeAll { !locked.isDisjoint(with: keys($0)) }
            // Otherwise the marks stay for a grace, for backups that began before.
            if options.isExclusive { try await tombstones.remove(own.filter { $0.mark != nil }.map(\.id)) }
            deleted.formUnion(own.lazy.map(\.id))
        }
        return deleted
    }

    /// Takes relocations back that lack something: a backup refers to more of the pack.
    private func restore(_ steps: [PrunePlan.Step]) async throws -> Int {
        let unmarked: [TombstoneStore.State?] = [nil, .revived, .distrusted]
        let outcome = try await write(.revived, steps.filter { !unmarked.contains($0.mark?.state) })
        let own = steps.filter { unmarked.contains($0.mark?.state) } + outcome.won
        _ = try await store.deleteUnlocked(own.map { Relocation.key($0.id) })
        return outcome.lost
    }

    /// Writes marks in the place of those that were seen.
    private func write(
        _ state: TombstoneStore.State,
        _ steps: [PrunePlan.Step]
    ) async throws -> (won: [PrunePlan.Step], lost: Int) {
        var won: [PrunePlan.Step] = []
        for batch in steps.batches(of: Self.batch) {
            let isWritten = try await batch.concurrentMap(width: Self.width) { step in
                try await tombstones.write(state, for: step.id, replacing: step.mark)
            }
            won += zip(batch, isWritten).filter(\.1).map(\.0)
        }
        return (won, steps.count - won.count)
    }

    /// The segments of the index that name nothing but packs that are gone, or go now.
    private func spent(
        _ segments: [ObjectKey],
        _ packs: [ListedPack],
        _ deleted: Set<PackID>
    ) async throws -> [ObjectKey] {
        let remaining = Set(packs.lazy.map(\.id)).subtracting(deleted)
        var spent: [ObjectKey] = []
        for segment in segments {
            do {
                let payload = try await Envelope.read(segment, from: store, keys: repository.keys)
                let named = try IndexSegment.packs(in: payload, subject: "Index segment '\(segment)'")
                if named.isDisjoint(with: remaining) { spent.append(segment) }
            } catch let error as RepositoryError where error.code == .damaged {
                // It costs room in the index, and is mended by making the index anew.
            }
        }
        return spent
    }
}

extension Repository {
    /// Deletes what no backup refers to.
    ///
    /// Safe beside backups, restores and other prunes unless it is exclusive, and wherever it is cut off.
    ///
    /// - Parameter wallClock: Now, in seconds since 1970. Only a dry run goes by it.
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged`` when a backup cannot be read, so that it is
    ///   not known what is needed: nothing was deleted then. `ObjectStoreError`.
    package func prune(_ options: PruneOptions, wallClock: Double) async throws -> PruneReport {
        try await Prune(self, options).run(wallClock: wallClock)
    }
}

extension ObjectStore {
    /// Deletes objects, but those that the store keeps from deletion.
    ///
    /// - Returns: Those.
    func deleteUnlocked(_ keys: [ObjectKey]) async throws -> [ObjectKey] {
        do {
            try await delete(keys)
            return []
        } catch let error as ObjectStoreError where error.code == .locked {
            if keys.count == 1 { return keys }
            var locked: [ObjectKey] = []
            for key in keys { locked += try await deleteUnlocked([key]) }
            return locked
        }
    }
}

extension Array {
    /// The elements in order, so many at a time.
    func batches(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}
