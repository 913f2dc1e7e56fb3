import ObjectStore

extension Repository {
    /// Looks whether a prune has marked, or deleted, a pack that a backup needs: right before it is committed.
    ///
    /// Makes no request for a backup that refers to nothing but what it has just written, nor where the list that was
    /// read as the repository was opened is young enough to be the last look.
    ///
    /// - Parameters:
    ///   - inventory: Knows what the backup refers to.
    ///   - newPacks: What it wrote.
    ///   - start: When it began.
    /// - Throws: ``DamagedParentError`` when it must be written again without a pack.
    func checkTombstones(
        _ inventory: PackInventory,
        newPacks: [PackID],
        since start: ContinuousClock.Instant
    ) async throws {
        let used = inventory.usedPacks
        // In less than a grace, no pack is marked that was new, and no mark goes together with its pack.
        let isLong = start.duration(to: .now) > TombstoneStore.shortestGrace / 2
        guard !used.isEmpty || isLong else { return }
        if isLong {
            let present = try await PackInventory.load(from: store, distrusting: [])
            if let pack = used.first(where: { !present.contains($0) }) {
                throw DamagedParentError(manifest: nil, pack: pack, cause: .missing(pack, in: store.location))
            }
            if let pack = newPacks.first(where: { !present.contains($0) }) { throw lost(pack) }
        }
        let tombstones = TombstoneStore(store: store)
        let marks = try await marks().filter { $0.value.isCondemned }
        if marks.isEmpty { return }
        if let pack = used.first(where: { marks[$0] != nil }) {
            throw DamagedParentError(manifest: nil, pack: pack, cause: .condemned(pack, in: store.location))
        }
        for pack in newPacks {
            guard let mark = marks[pack] else { continue }
            let isRevived =
                mark.state == .marked ? try await tombstones.write(.revived, for: pack, replacing: mark) : false
            guard isRevived else { throw lost(pack) }
        }
    }

    private func marks() async throws -> [PackID: TombstoneStore.Listed] {
        // Whatever was marked after that list stays for a grace, and is found to be needed then.
        if let opening, opening.time.duration(to: .now) < TombstoneStore.shortestGrace / 2 { return opening.marks }
        return try await TombstoneStore(store: store).list()
    }

    private func lost(_ pack: PackID) -> RepositoryError {
        RepositoryError(
            .damaged,
            "Pack \(pack) of '\(store.location)', which this backup wrote, was deleted by a prune whose grace is shorter than "
                + "the backup took. Give 'kbackup repo prune' a longer --grace, and make the backup again."
        )
    }
}
