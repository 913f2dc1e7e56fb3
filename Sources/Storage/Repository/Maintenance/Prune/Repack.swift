import ObjectStore

/// Writes packs anew without what no backup needs.
///
/// Some at a time: their new packs, then the segments of the index, then the relocations, then the marks of the old packs.
/// What is cut off leaves new packs that nothing names, or relocations of packs that have no mark yet.
struct Repack: Sendable {
    private let repository: Repository
    private let options: PruneOptions
    private let store: any ObjectStore
    private let tombstones: TombstoneStore

    /// As much is written before the old packs are let go of, in bytes.
    private static let batch = 64 << 20

    init(_ repository: Repository, _ options: PruneOptions) {
        self.repository = repository
        self.options = options
        store = repository.store
        tombstones = TombstoneStore(store: store)
    }

    /// - Parameter report: Is told of what could not be done, and of what was written.
    func run(_ chosen: [RepackPlan.Candidate], _ data: ResolvedData, _ report: inout PruneReport) async throws {
        var batch: [RepackPlan.Candidate] = []
        for (place, candidate) in chosen.enumerated() {
            batch.append(candidate)
            let isLast = place == chosen.count - 1
            guard isLast || batch.reduce(0, { $0 + $1.liveBytes }) >= Self.batch else { continue }
            do {
                try await writeAnew(batch, data, &report)
            } catch let error as ObjectStoreError where error.code == .full {
                throw ObjectStoreError(
                    .full,
                    "\(error.message) What needed no room was done. To write packs anew takes room until the old ones are "
                        + "deleted: run again with a smaller --max-repack, or, when nothing else uses the repository, with "
                        + "--exclusive."
                )
            }
            batch = []
        }
    }

    private func writeAnew(
        _ batch: [RepackPlan.Candidate],
        _ data: ResolvedData,
        _ report: inout PruneReport
    ) async throws {
        let start = ContinuousClock.now
        let pipeline = PackPipeline(store: store, keys: repository.keys, chunkIndex: nil, cached: nil)
        let copies = try await pipeline.run {
            var copier = BlockCopier(reader: repository.reader, pipeline: pipeline)
            for candidate in batch {
                try await copier.copy(candidate.pack.id, data.live.packs[candidate.pack.id] ?? [:])
            }
            try await copier.finish()
            return copier.copies
        }
        for pack in pipeline.listedPacks(at: 0) { report.written.add(pack.sizeInBytes) }
        report.unreadable += batch.count - copies.relocations.count
        let chunks = try await copies.chunkRecords()
        for part in chunks.batches(of: FormatLimits.segmentRecords / 8) {
            _ = try await IndexSegment(records: Array(part)).store(in: store, keys: repository.keys)
        }
        // The new packs are safe as long as no other prune can have marked them.
        guard options.isExclusive || start.duration(to: .now) < TombstoneStore.shortestGrace / 2 else {
            report.contested += batch.count
            return
        }
        for candidate in batch {
            guard let relocation = try await copies.relocation(of: candidate.pack.id) else { continue }
            let isDone = try await relocate(candidate, relocation)
            if !isDone { report.contested += 1 }
        }
    }

    /// - Returns: Whether it was done: otherwise another prune has done it, or deletes the pack.
    private func relocate(_ candidate: RepackPlan.Candidate, _ relocation: Relocation) async throws -> Bool {
        let key = Relocation.key(relocation.pack)
        let bytes = try Envelope.seal(relocation.encoded(), named: key.rawValue, keys: repository.keys)
        do {
            try await store.put(bytes, at: key, if: .absent)
        } catch let error as ObjectStoreError where error.code == .conflict {
            return false
        }
        if options.isExclusive {
            _ = try await store.deleteUnlocked([relocation.pack.key])
            if candidate.mark != nil { try await tombstones.remove([relocation.pack]) }
            return true
        }
        return try await tombstones.write(.relocated, for: relocation.pack, replacing: candidate.mark)
    }
}
