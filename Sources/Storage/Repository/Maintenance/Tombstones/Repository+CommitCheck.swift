import ObjectStore

extension Repository {
    /// The marks that a backup goes by as it begins.
    ///
    /// - Parameter beginsAnew: Whether it refers to more than what backups refer to, or begins again: then they are listed.
    ///   Otherwise those that the repository was opened with say what was written anew, and the last look finds the rest.
    func firstMarks(beginsAnew: Bool) async throws -> [PackID: TombstoneStore.Listed] {
        if beginsAnew { return try await TombstoneStore(store: store).list() }
        return opening?.marks.filter { $0.value.isRelocated || $0.value.state == .distrusted } ?? [:]
    }

    /// Looks whether a prune has marked, or deleted, a pack that a backup needs: right before it is committed.
    ///
    /// Makes no request for a backup that refers to nothing but what it has just written, nor where the list that was
    /// read as the repository was opened is young enough to be the last look.
    ///
    /// - Parameters:
    ///   - inventory: Knows what the backup refers to.
    ///   - newPacks: What it wrote.
    ///   - start: When it began.
    /// - Returns: When it looked: see ``confirm(_:_:_:newPacks:lookedAt:)``.
    /// - Throws: ``DamagedParentError`` when it must be written again without a pack.
    @discardableResult
    func checkTombstones(
        _ inventory: PackInventory,
        newPacks: [PackID],
        since start: ContinuousClock.Instant
    ) async throws -> ContinuousClock.Instant {
        let used = inventory.usedPacks
        let relocated = inventory.usedRelocated.keys
        // In less than a grace, no pack is marked that was new, and no mark goes together with its pack.
        let isLong = start.duration(to: .now) > lookLifetime
        guard !used.isEmpty || !relocated.isEmpty || isLong else { return start }
        var time = ContinuousClock.now
        if isLong { try await checkPresence(inventory, newPacks) }
        let tombstones = TombstoneStore(store: store)
        let marks: [PackID: TombstoneStore.Listed]
        // Whatever was marked after that list stays for a grace, and is found to be needed then.
        if let opening, opening.time.duration(to: .now) < lookLifetime {
            (marks, time) = (opening.marks, opening.time)
        } else {
            marks = try await tombstones.list()
        }
        // Who knew of it from the start took nothing but what a parent, mended by then, refers to.
        // All at once, for the next try knows of their marks from the start, and has the same parent.
        let spoilt = used.filter { marks[$0]?.state == .distrusted && !inventory.isDistrusted($0) }
        if let pack = spoilt.first {
            let cause = RepositoryError.distrusted(pack, in: store.location)
            throw DamagedParentError(manifest: nil, pack: pack, more: Array(spoilt.dropFirst()), cause: cause)
        }
        // Only who knew of it from the start has looked whether what it needs was taken over.
        if let pack = used.first(where: { marks[$0]?.isRelocated == true }) {
            throw DamagedParentError(manifest: nil, pack: pack, cause: .relocated(pack, in: store.location))
        }
        let condemned = (used + relocated).first { marks[$0]?.isCondemned == true }
        if let pack = condemned {
            throw DamagedParentError(manifest: nil, pack: pack, cause: .condemned(pack, in: store.location))
        }
        try await reviveNew(newPacks, marks, tombstones)
        return time
    }

    /// Looks whether packs are gone that a backup needs.
    func checkPresence(_ inventory: PackInventory, _ newPacks: [PackID]) async throws {
        let list = try await PackList(of: store)
        let present = PackInventory(list.packs, of: store)
        let elsewhere = Set(list.relocations.lazy.map(\.id))
        let missing =
            inventory.usedPacks.first { !present.contains($0) }
            ?? inventory.usedRelocated.keys.first { !present.contains($0) && !elsewhere.contains($0) }
        if let pack = missing {
            throw DamagedParentError(manifest: nil, pack: pack, cause: .missing(pack, in: store.location))
        }
        if let pack = newPacks.first(where: { !present.contains($0) }) { throw lost(pack) }
    }

    func lost(_ pack: PackID) -> RepositoryError {
        RepositoryError(
            .damaged,
            "Pack \(pack) of '\(store.location)', which this backup wrote, was deleted by a prune whose grace is shorter than "
                + "the backup took. Give 'kbackup repo prune' a longer --grace, and make the backup again."
        )
    }
}
