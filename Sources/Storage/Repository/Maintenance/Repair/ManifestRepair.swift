import ObjectStore

/// Takes down what becomes of a backup that is mended, and makes its new details.
package protocol RepairLedger {
    /// An entry stays in the backup.
    mutating func keep(_ entry: ManifestEntry, of kind: SnapshotContent.Kind)
    /// Something is lost, and no longer in the backup.
    mutating func lose(_ loss: ManifestDamage, of kind: SnapshotContent.Kind)
    /// All of this kind is no longer in the backup: a file with holes is none. Its losses have been told.
    mutating func drop(_ kind: SnapshotContent.Kind)
    /// The details that are stored instead of the old ones.
    func details() throws -> [UInt8]
}

/// What was, or would be, done about damaged backups.
package struct ManifestRepairReport: Sendable {
    package var check: CheckReport
    /// Backups that were written anew, without what is lost.
    package var mended: [SnapshotName] = []
    /// Backups that somebody else deleted or replaced meanwhile.
    package var contested: [SnapshotName] = []
    /// Packs that are spoilt in part, in the order of their ids: later backups store anew what they find nowhere else.
    package var distrusted: [PackID] = []

    /// Backups of which nothing can be read: all that can be done is to delete them.
    package var unreadable: [SnapshotName] { check.harmed.filter { $0.reason != nil }.map(\.name) }
}

extension Repository {
    /// Writes backups that have lost something anew, without what is lost, and sees to it that no later backup takes what
    /// is lost for stored.
    ///
    /// Each is replaced by one write: cut off anywhere, it is as it was, or mended; the next repair goes on.
    ///
    /// - Parameters:
    ///   - isDryRun: Says what would be done, and does nothing.
    ///   - dataPercent: As of ``check(dataPercent:)``.
    ///   - ledger: Begins with the details of a backup as they are stored.
    /// - Throws: ``RepositoryError``, `ObjectStoreError`, and what `ledger` throws.
    package func repairManifests<Ledger: RepairLedger>(
        isDryRun: Bool,
        dataPercent: Int,
        ledger: (_ details: [UInt8]) throws -> Ledger
    ) async throws -> ManifestRepairReport {
        let outcome = try await RepositoryCheck(self, dataPercent: dataPercent).run()
        var report = ManifestRepairReport(check: outcome.report)
        report.check.harmed = try await harmedBackups(outcome)
        let harmed = Set(report.check.harmed.lazy.filter { $0.reason == nil }.map(\.name))
        for listed in try await snapshots.list() where harmed.contains(listed.name) {
            let isMended = isDryRun ? true : try await mend(listed, outcome.damage, ledger)
            if isMended { report.mended.append(listed.name) } else { report.contested.append(listed.name) }
        }
        // Only now: who sees the mark as he begins finds his parent mended.
        report.distrusted = outcome.spoiltPacks.sorted()
        if !isDryRun { try await TombstoneStore(store: store).distrust(report.distrusted) }
        return report
    }

    private func mend<Ledger: RepairLedger>(
        _ listed: SnapshotStore.Listed,
        _ damage: DamageMap,
        _ makeLedger: (_ details: [UInt8]) throws -> Ledger
    ) async throws -> Bool {
        guard let (old, oldDetails) = try await snapshots.readIfPresent(listed.name) else { return false }
        let marks = try await TombstoneStore(store: store).list()
        let inventory = try await PackInventory.load(from: store, distrusting: [], marks: marks, relocations)
        let pipeline = PackPipeline(store: store, keys: keys, chunkIndex: nil, cached: nil)
        let ledger = LedgerInUse(try makeLedger(oldDetails))
        let contents = try await pipeline.run {
            var contents: [SnapshotContent] = []
            for content in old.contents {
                let mended = try await mend(content, damage, ledger, inventory, pipeline)
                if let mended { contents.append(mended) }
            }
            return contents
        }
        let snapshot = Snapshot(
            name: old.name,
            cluster: old.cluster,
            createdAt: old.createdAt,
            parent: old.parent,
            contents: contents,
            newPacks: old.newPacks + pipeline.storedPacks.map(\.description).sorted(),
            statistics: old.statistics
        )
        // What the backup needs, it needed before: a prune that is stopped by the damage cannot take its marks back.
        try await holdPacks(inventory, newPacks: pipeline.storedPacks)
        return try await snapshots.replace(listed.stat.version, with: snapshot, details: try ledger.ledger.details())
    }

    /// - Returns: The content without what is lost; `nil` when it is no use without.
    private func mend<Ledger: RepairLedger>(
        _ content: SnapshotContent,
        _ damage: DamageMap,
        _ ledger: LedgerInUse<Ledger>,
        _ inventory: PackInventory,
        _ pipeline: PackPipeline
    ) async throws -> SnapshotContent? {
        let kind = content.kind
        var entries = MendedManifest(pipeline: pipeline, keys: keys)
        var isWhole = true
        /// One block of each pack that is needed.
        var used: [PackID: BlockLocation] = [:]
        var lostFiles = LostFiles()
        var walk = try await LossWalk(contents(of: content.manifest), damage)
        while let step = try await walk.next() {
            switch step {
            case .entry(let entry):
                used[entry.location.block.pack] = entry.location.block
                ledger.ledger.keep(entry, of: kind)
                if kind == .objects { try await entries.append(entry) }
                if kind == .files { lostFiles.pass(entry) }
            case .loss(let loss):
                isWhole = false
                ledger.ledger.lose(loss, of: kind)
                if kind == .files { lostFiles.add(loss) }
            }
        }
        if isWhole || kind == .objects {
            for block in used.values { inventory.use(block) }
        }
        if isWhole {
            for page in content.manifest.layers.flatMap(\.pages) { inventory.use(page.block) }
            return content
        }
        var mended = content
        switch kind {
        case .objects: mended.manifest = try await entries.finish()
        case .files: mended.manifest = try await manifest(of: content, damage, without: lostFiles, inventory, pipeline)
        default:
            ledger.ledger.drop(kind)
            return nil
        }
        return mended
    }

    /// Walks again from the start: what is lost of a file shows after its node has passed.
    private func manifest(
        of content: SnapshotContent,
        _ damage: DamageMap,
        without lostFiles: LostFiles,
        _ inventory: PackInventory,
        _ pipeline: PackPipeline
    ) async throws -> Manifest {
        var lostFiles = lostFiles
        var entries = MendedManifest(pipeline: pipeline, keys: keys)
        var walk = try await LossWalk(contents(of: content.manifest), damage)
        while let step = try await walk.next() {
            guard case .entry(let entry) = step, lostFiles.keeps(entry) else { continue }
            inventory.use(entry.location.block)
            try await entries.append(entry)
        }
        return try await entries.finish()
    }
}

/// A ledger that one repair writes to.
///
/// A reference: passed `inout` through asynchronous closures, Swift 6.3 without optimisation frees it in the wrong order.
private final class LedgerInUse<Ledger: RepairLedger> {
    var ledger: Ledger

    init(_ ledger: Ledger) { self.ledger = ledger }
}
