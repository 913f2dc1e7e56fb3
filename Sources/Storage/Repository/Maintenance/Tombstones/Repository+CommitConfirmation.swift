import ObjectStore

extension Repository {
    /// Looks again after a backup was committed, where so much time has passed since the last look that a prune may have
    /// deleted something meanwhile without knowing of the backup.
    ///
    /// What was marked is taken back. When that is too late, or the store does not answer, the backup is withdrawn.
    ///
    /// - Parameters:
    ///   - name: Of the backup.
    ///   - version: Of its snapshot, as it was written.
    ///   - inventory: Knows what the backup refers to.
    ///   - newPacks: What it wrote.
    ///   - lookedAt: When ``checkTombstones(_:newPacks:since:)`` looked.
    /// - Throws: As ``holdPacks(_:newPacks:)``: then there is no backup.
    func confirm(
        _ name: SnapshotName,
        _ version: VersionTag,
        _ inventory: PackInventory,
        newPacks: [PackID],
        lookedAt: ContinuousClock.Instant
    ) async throws {
        guard lookedAt.duration(to: .now) > lookLifetime else { return }
        do {
            try await holdPacks(inventory, newPacks: newPacks)
        } catch {
            // Nothing that stops the backup stops this.
            let withdrawal = await Task { try await snapshots.withdraw(name, version) }.result
            guard case .failure(let refusal) = withdrawal else { throw error }
            throw RepositoryError(
                .damaged,
                "Backup '\(name.name)' in '\(store.location)' may lack something, for it was committed later than a prune "
                    + "waits (\(error)), and it cannot be withdrawn: \(refusal). Delete it, and make it again."
            )
        }
    }

    /// Sees to it that packs which a snapshot needs, and which nobody has begun to delete, stay: takes their marks back.
    ///
    /// Only for what a snapshot needs that every prune can see: otherwise the next one marks them again.
    ///
    /// - Throws: ``DamagedParentError`` when a pack that was there before is gone, or is being deleted;
    ///   ``RepositoryError`` when it is one of `newPacks`; `ObjectStoreError`.
    func holdPacks(_ inventory: PackInventory, newPacks: [PackID]) async throws {
        try await checkPresence(inventory, newPacks)
        let tombstones = TombstoneStore(store: store)
        let marks = try await tombstones.list()
        let relocated = inventory.usedRelocated
        try await reviveNew(newPacks, marks, tombstones)
        for pack in inventory.usedPacks + relocated.keys {
            guard let mark = marks[pack], mark.state != .revived else { continue }
            // What was known of it from the start was heeded.
            if mark.isRelocated, relocated[pack] != nil { continue }
            if mark.state == .distrusted {
                if inventory.isDistrusted(pack) { continue }
                throw DamagedParentError(manifest: nil, pack: pack, cause: .distrusted(pack, in: store.location))
            }
            guard try await tombstones.revive(mark) else {
                throw DamagedParentError(manifest: nil, pack: pack, cause: .condemned(pack, in: store.location))
            }
        }
    }

    /// Takes back the marks of packs that a backup has written itself.
    ///
    /// - Throws: ``RepositoryError`` when one is spoilt, or is being deleted; `ObjectStoreError`.
    func reviveNew(
        _ newPacks: [PackID],
        _ marks: [PackID: TombstoneStore.Listed],
        _ tombstones: TombstoneStore
    ) async throws {
        for pack in newPacks {
            guard let mark = marks[pack], mark.state != .revived else { continue }
            if mark.state == .distrusted { throw RepositoryError.distrusted(pack, in: store.location) }
            guard try await tombstones.revive(mark) else { throw lost(pack) }
        }
    }
}

extension TombstoneStore {
    /// Takes a mark back, unless it is too late for that.
    ///
    /// - Returns: Whether it was: otherwise the pack is being deleted, or somebody else has changed the mark.
    func revive(_ mark: Listed) async throws -> Bool {
        guard mark.state == .marked || mark.state == .relocated else { return false }
        return try await write(.revived, for: mark.pack, replacing: mark)
    }
}
