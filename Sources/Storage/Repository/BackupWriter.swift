package import Foundation

/// Writes one backup.
///
/// Nothing of it is visible before ``Repository/writeBackup(_:parent:at:includesStreams:distrusting:_:)`` has committed it.
package struct BackupWriter: Sendable {
    private let pipeline: PackPipeline
    private let repository: Repository
    private let inventory: PackInventory
    private let chunkIndex: ChunkIndex?

    init(pipeline: PackPipeline, repository: Repository, inventory: PackInventory, chunkIndex: ChunkIndex?) {
        self.pipeline = pipeline
        self.repository = repository
        self.inventory = inventory
        self.chunkIndex = chunkIndex
    }

    /// Begins the manifest of one kind of data.
    ///
    /// - Parameters:
    ///   - kind: What its records are.
    ///   - parent: The same content of an earlier backup, if there is one.
    ///   - extendsParent: Whether the backup is of the same selection as its parent, so that it can be stored as
    ///     changes. Otherwise the parent only saves writing records again.
    package func manifest(
        _ kind: SnapshotContent.Kind,
        parent: Manifest?,
        extendsParent: Bool
    ) -> ManifestWriter {
        manifest(kind, parent: parent, extendsParent: extendsParent, bufferLimit: ManifestWriter.bufferLimit)
    }

    /// - Parameter bufferLimit: As many bytes of new pages stay in memory.
    func manifest(
        _ kind: SnapshotContent.Kind,
        parent: Manifest?,
        extendsParent: Bool,
        bufferLimit: Int
    ) -> ManifestWriter {
        ManifestWriter(
            kind: kind,
            parent: parent,
            extendsParent: extendsParent,
            pipeline: pipeline,
            repository: repository,
            inventory: inventory,
            chunkIndex: kind.sharesChunks ? chunkIndex : nil,
            bufferLimit: bufferLimit
        )
    }

    /// What the operator should know of the repository: damage that this backup came upon, and goes without.
    package var warnings: [String] {
        (inventory.warning.map { [$0] } ?? []) + (chunkIndex?.damage.map(\.message) ?? [])
    }

    /// What was written so far.
    package var statistics: WriteStatistics { pipeline.statistics }
}

extension Repository {
    /// What goes into the snapshot of a backup whose data is written.
    package struct Draft: Sendable {
        package var contents: [SnapshotContent]
        /// Makes the details, once it is known how much was written.
        package var details: @Sendable (WriteStatistics) throws -> [UInt8]
        /// What the backup is a copy of; `nil` when it is none.
        var origin: SnapshotOrigin?

        package init(contents: [SnapshotContent], details: @escaping @Sendable (WriteStatistics) throws -> [UInt8]) {
            self.contents = contents
            self.details = details
        }
    }

    /// Writes a backup: the data that `body` gives, then, when all of it is stored, the snapshot that makes it visible.
    ///
    /// Whatever fails or stops on the way leaves the repository as it was, but for packs that nothing refers to.
    ///
    /// - Parameters:
    ///   - name: Must not be taken.
    ///   - parent: The name of the backup whose manifests the writer extends; without one it must not use any.
    ///   - distrusted: Packs that are known to be damaged: the backup refers to nothing in them.
    ///   - date: When the backup began.
    ///   - now: Now, where that is another time: what the backup refers to is kept from deletion from then on.
    ///   - includesStreams: Whether content-defined chunks will be written; their index is read only then.
    /// - Returns: The snapshot as committed.
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/nameTaken``, ``DamagedParentError``,
    ///   `ObjectStoreError`, and what `body` throws.
    package func writeBackup(
        _ name: SnapshotName,
        parent: String?,
        at date: Date,
        now: Date? = nil,
        includesStreams: Bool = false,
        distrusting distrusted: Set<PackID> = [],
        _ body: (BackupWriter) async throws -> Draft
    ) async throws -> CommittedBackup {
        let start = ContinuousClock.now
        let buildsOnOthers = parent != nil || includesStreams
        // What a parent refers to is marked only where a prune and a backup have crossed: the last look finds that.
        let beginsAnew = includesStreams || !distrusted.isEmpty
        var known = buildsOnOthers ? try await knownPacks(mayBeKept: !beginsAnew, at: now ?? date) : nil
        if !buildsOnOthers, snapshots.knownVersions?.isEmpty == true {
            // The packs that no snapshots need are known without a list: the next backup needs none, either.
            known = KnownPacks(listedAt: now ?? date, packs: [], covered: [])
        }
        let inventory = PackInventory(
            known?.packs ?? [],
            of: store,
            distrusting: distrusted,
            marks: buildsOnOthers ? try await firstMarks(beginsAnew: beginsAnew) : [:],
            relocated: known?.relocated ?? [],
            relocations,
            isNew: known?.isNew ?? true
        )
        let chunkIndex =
            includesStreams ? try await ChunkIndex.load(from: store, keys: keys, cached: cached, inventory) : nil
        let pipeline = PackPipeline(
            store: store,
            keys: keys,
            chunkIndex: chunkIndex,
            cached: cached,
            packsOfSegment: packsOfSegment
        )
        let draft = try await pipeline.run {
            try await body(
                BackupWriter(pipeline: pipeline, repository: self, inventory: inventory, chunkIndex: chunkIndex)
            )
        }
        let retainedUntil = try await retain(inventory, at: now ?? date)
        let statistics = pipeline.statistics
        let snapshot = Snapshot(
            name: name.name,
            cluster: name.cluster,
            createdAt: date,
            parent: parent,
            contents: draft.contents.map { content in
                var content = content
                content.manifest.retainedUntil = retainedUntil
                return content
            },
            newPacks: pipeline.storedPacks.map(\.description).sorted(),
            statistics: statistics,
            origin: draft.origin
        )
        let details = try draft.details(statistics)
        let lookedAt = try await checkTombstones(inventory, newPacks: pipeline.storedPacks, since: start)
        let version = try await snapshots.commit(snapshot, details: details)
        try await confirm(name, version, inventory, newPacks: pipeline.storedPacks, lookedAt: lookedAt)
        // Where something is missing, the next backup is to look again.
        if let known, inventory.warning == nil {
            keep(known, adding: pipeline.listedPacks(at: date.timeIntervalSince1970), name, version)
        }
        return CommittedBackup(snapshot: snapshot, details: details)
    }
}

/// A backup that has become visible.
package struct CommittedBackup: Sendable {
    package let snapshot: Snapshot
    /// As they were written.
    package let details: [UInt8]
}
