package import Foundation
import ObjectStore

/// Copies backups of one repository into another, which has keys of its own: every record is read, verified, and written
/// anew.
///
/// A copied backup builds on the one of the same cluster that was handled before it: records that did not change between
/// them in the source are neither read nor written again. So the oldest is to be copied first. What kind of data a
/// manifest holds does not matter.
package struct BackupCopy: Sendable {
    /// What became of a backup.
    package enum Outcome: Sendable {
        /// It was copied, and so much was written.
        case copied(WriteStatistics)
        /// It was copied before.
        case present
    }

    /// One content of a backup that both repositories have.
    private struct Pair: Sendable {
        /// The backup's name.
        let name: String
        let source: Manifest
        let target: Manifest
    }

    /// Tells the contents of the backups of a cluster apart.
    private struct ContentID: Hashable {
        let cluster: String
        let kind: SnapshotContent.Kind
        let name: String
    }

    private let source: Repository
    private let target: Repository
    private let width: Int
    private let now: @Sendable () -> Date
    private let onProgress: @Sendable (_ storedBytes: Int) -> Void
    /// The contents that were handled last.
    private var pairs: [ContentID: Pair] = [:]

    /// Packs of the target that turn out to be damaged while one backup is copied, before it is given up.
    private static let attempts = 16

    /// - Parameters:
    ///   - width: As many requests read the source at once.
    ///   - now: The clock.
    ///   - onProgress: Called now and then with the bytes stored of a backup.
    package init(
        from source: Repository,
        to target: Repository,
        width: Int,
        now: @escaping @Sendable () -> Date,
        onProgress: @escaping @Sendable (_ storedBytes: Int) -> Void = { _ in }
    ) {
        self.source = source
        self.target = target
        self.width = width
        self.now = now
        self.onProgress = onProgress
    }

    /// Copies a backup, unless that was done before.
    ///
    /// It becomes visible in the target by one write at the end; cut off before, it leaves the target as it was, but for
    /// packs that nothing refers to.
    ///
    /// - Throws: ``UncopiedBackupError`` or ``RepositoryError`` when this backup cannot be copied; `ObjectStoreError` when
    ///   a store fails.
    package mutating func copy(_ name: SnapshotName) async throws -> Outcome {
        let (snapshot, details) = try await source.snapshots.read(name)
        let origin = SnapshotOrigin(snapshot, in: source)
        if let present = try await copied(name) {
            guard present.origin == origin, Self.counts(present) == Self.counts(snapshot) else {
                throw UncopiedBackupError(
                    code: .nameTaken,
                    message: "There is another backup '\(name.name)' of cluster \(name.cluster) in "
                        + "'\(target.store.location)' already. Delete one of the two, or leave this one out."
                )
            }
            remember(snapshot, present)
            return .present
        }
        var distrusted: Set<PackID> = []
        while true {
            do {
                let written = try await write(snapshot, details, origin, distrusted)
                remember(snapshot, written)
                return .copied(written.statistics)
            } catch let error as DamagedParentError where distrusted.count < Self.attempts {
                distrusted.formUnion([error.pack] + error.more)
                if error.manifest != nil { pairs = pairs.filter { $0.key.cluster != name.cluster } }
            }
        }
    }

    private func copied(_ name: SnapshotName) async throws -> Snapshot? {
        do {
            return try await target.snapshots.read(name).snapshot
        } catch let error as RepositoryError where error.code == .backupNotFound {
            return nil
        }
    }

    private static func counts(_ snapshot: Snapshot) -> [[Int]] {
        snapshot.contents.map { [$0.manifest.entryCount, $0.manifest.recordBytes] }
    }

    private func id(of content: SnapshotContent, in cluster: String) -> ContentID {
        ContentID(cluster: cluster, kind: content.kind, name: content.name)
    }

    private mutating func remember(_ snapshot: Snapshot, _ copy: Snapshot) {
        for (content, copied) in zip(snapshot.contents, copy.contents) {
            pairs[id(of: content, in: snapshot.cluster)] = Pair(
                name: snapshot.name,
                source: content.manifest,
                target: copied.manifest
            )
        }
    }

    private func write(
        _ snapshot: Snapshot,
        _ details: [UInt8],
        _ origin: SnapshotOrigin,
        _ distrusted: Set<PackID>
    ) async throws -> Snapshot {
        let parents = snapshot.contents.map { pairs[id(of: $0, in: snapshot.cluster)] }
        return try await target.writeBackup(
            SnapshotName(cluster: snapshot.cluster, name: snapshot.name),
            parent: parents.lazy.compactMap { $0?.name }.first,
            at: snapshot.createdAt,
            now: now(),
            includesStreams: snapshot.contents.contains { $0.kind.sharesChunks },
            distrusting: distrusted
        ) { writer in
            var damage = CopyDamage()
            var contents: [SnapshotContent] = []
            for (content, parent) in zip(snapshot.contents, parents) {
                var copy = content
                copy.manifest = try await write(content, parent, snapshot.name, writer, &damage)
                contents.append(copy)
            }
            if let error = damage.error(of: snapshot) { throw error }
            var draft = Repository.Draft(contents: contents) { _ in details }
            draft.origin = origin
            return draft
        }.snapshot
    }

    /// Copies one content.
    ///
    /// Once something of it is lost, the rest is only read, to name what else is.
    private func write(
        _ content: SnapshotContent,
        _ parent: Pair?,
        _ name: String,
        _ writer: BackupWriter,
        _ damage: inout CopyDamage
    ) async throws -> Manifest {
        let reader = source.contents(of: content.manifest)
        let manifest = writer.manifest(content.kind, parent: parent?.target, extendsParent: true)
        var (hash, lost) = (ManifestHash(), damage)
        try await manifest.section(prefix: []) { section in
            var count = 0
            try await reader.forEachChange(
                since: parent.map { source.contents(of: $0.source) },
                width: width,
                onDamage: { lost.add($0, $1, in: content) }
            ) { entry, record in
                let kind = entry.location.block.kind
                hash.add(key: entry.key, id: entry.id, keys: source.keys)
                guard lost.count == 0 else { return }
                if let record {
                    _ = try await section.put(record, at: entry.key, in: kind)
                } else if try await !section.keep(entry.key) {
                    // The target has lost it.
                    _ = try await section.put(try await reader.record(entry)[...], at: entry.key, in: kind)
                }
                count += 1
                if count % 1024 == 0 { onProgress(writer.statistics.storedBytes) }
            }
        }
        damage = lost
        guard damage.count == 0 else { return Manifest() }
        let finished = try await manifest.finish()
        guard hash == content.manifest.rootHash, finished.entryCount == content.manifest.entryCount,
            finished.recordBytes == content.manifest.recordBytes
        else {
            throw RepositoryError(
                .damaged,
                "Backup '\(name)' was not copied: its manifest holds other entries than it says."
            )
        }
        return finished
    }
}
