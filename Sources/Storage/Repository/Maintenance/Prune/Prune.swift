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
        let packs = try await ListedPack.list(in: store)
        let reachable = try await reachable()
        let plan = PrunePlan(packs: packs, marks: marks, live: reachable.live, now: now, options)

        var report = PruneReport()
        report.backups = reachable.backups
        for step in plan.steps { report.add(step.pack, step.action) }
        let deleted = Set(plan.steps.lazy.filter { $0.action == .delete }.map(\.pack.id))
        let spentSegments = deleted.isEmpty ? [] : try await spent(segments, packs, deleted)
        report.deletedIndexSegments = spentSegments.count
        if options.isDryRun { return report }

        // What makes room comes first: the store may be full.
        try await store.delete(spentSegments)
        report.contested += try await delete(plan.steps.filter { $0.action == .delete })
        try await tombstones.remove(plan.spentMarks)
        report.contested += try await write(.revived, plan.steps.filter { $0.action == .revive }).lost
        report.contested += try await write(.marked, plan.steps.filter { $0.action == .mark }).lost
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
        try await store.delete([key])
        guard let time else {
            throw ObjectStoreError(
                .corrupted,
                "'\(key)' was gone from '\(store.location)' right after it was written. Check the store."
            )
        }
        return time
    }

    private func reachable() async throws -> ReachabilityWalk.Outcome {
        let location = store.location
        return try await ReachabilityWalk(repository) { damage, error in
            let subject =
                switch damage {
                case .snapshot(let name): "backup '\(name.name)' of cluster \(name.cluster) cannot be read"
                case .page: "part of a manifest cannot be read"
                }
            throw RepositoryError(
                .damaged,
                "Nothing was pruned from '\(location)', because \(subject), so that what it needs is not known. "
                    + "'kbackup repo check' says what is damaged, and 'kbackup repo repair' mends it. \(error)"
            )
        }.run()
    }

    /// - Returns: How many packs were left because somebody else took hold of them.
    private func delete(_ steps: [PrunePlan.Step]) async throws -> Int {
        var contested = 0
        for batch in steps.batches(of: Self.batch) {
            var own = batch
            if !options.isExclusive {
                let claims = batch.filter { $0.mark?.state != .deleting }
                let outcome = try await write(.deleting, claims)
                contested += outcome.lost
                own = batch.filter { $0.mark?.state == .deleting } + outcome.won
            }
            try await store.delete(own.map(\.pack.id.key))
            // Otherwise the marks stay for a grace, for backups that began before.
            if options.isExclusive { try await tombstones.remove(own.filter { $0.mark != nil }.map(\.pack.id)) }
        }
        return contested
    }

    /// Writes marks in the place of those that were seen.
    private func write(
        _ state: TombstoneStore.State,
        _ steps: [PrunePlan.Step]
    ) async throws -> (won: [PrunePlan.Step], lost: Int) {
        var won: [PrunePlan.Step] = []
        for batch in steps.batches(of: Self.batch) {
            let isWritten = try await batch.concurrentMap(width: Self.width) { step in
                try await tombstones.write(state, for: step.pack.id, replacing: step.mark)
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

extension Array {
    /// The elements in order, so many at a time.
    func batches(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}
