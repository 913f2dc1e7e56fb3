import Concurrency
import ObjectStore
import Synchronization

/// Finds out what the backups of a repository refer to.
///
/// Reads every snapshot, and every page of their manifests once, however many backups share it. Rows that a newer layer
/// has replaced count as well: what they refer to stays until their layer is merged.
final class ReachabilityWalk: Sendable {
    /// What was found.
    struct Outcome: Sendable {
        var live = LiveData()
        var pages = 0
        var backups = 0
        /// Of all backups, as if nothing were shared, in bytes.
        var logicalBytes = 0
        var logicalRecords = 0
    }

    /// What cannot be read.
    enum Damage: Sendable {
        case snapshot(SnapshotName)
        case page(BlockLocation)
    }

    private let repository: Repository
    private let onDamage: @Sendable (Damage, RepositoryError) throws -> Void
    private let outcome = Mutex(Outcome())

    private static let snapshotsAtOnce = 4
    /// Pages that are read and decoded by one task.
    private static let batch = 8

    /// - Parameter onDamage: Told of what cannot be read; the walk goes on unless it throws.
    init(_ repository: Repository, onDamage: @escaping @Sendable (Damage, RepositoryError) throws -> Void) {
        self.repository = repository
        self.onDamage = onDamage
    }

    /// Walks over the backups that there are now.
    func run() async throws -> Outcome {
        let names = try await repository.snapshots.list().map(\.name)
        try await names.concurrentForEach(width: Self.snapshotsAtOnce) { try await self.walk($0) }
        return outcome.withLock { outcome in
            defer { outcome = Outcome() }
            return outcome
        }
    }

    private func walk(_ name: SnapshotName) async throws {
        let manifests: [Manifest]
        do {
            guard let snapshot = try await repository.snapshots.readIfPresent(name)?.snapshot else { return }
            manifests = snapshot.contents.map(\.manifest)
        } catch let error as RepositoryError where error.code == .damaged {
            return try onDamage(.snapshot(name), error)
        }
        var new: [ManifestPageLocation] = outcome.withLock { outcome in
            outcome.backups += 1
            for manifest in manifests {
                outcome.logicalBytes += manifest.recordBytes
                outcome.logicalRecords += manifest.entryCount
            }
            return manifests.flatMap(\.layers).flatMap(\.pages).filter { outcome.live.insert(page: $0.block) }
        }
        while !new.isEmpty {
            try await read(Array(new.prefix(Self.batch)))
            new.removeFirst(min(Self.batch, new.count))
        }
    }

    private func read(_ pages: [ManifestPageLocation]) async throws {
        let places = Dictionary(pages.map { ($0.block, $0) }) { first, _ in first }
        for range in BlockRange.covering(Set(places.keys)) {
            for (block, opened) in try await repository.reader.read(range) {
                guard let page = places[block] else { continue }
                let rows: [ManifestChange]
                do {
                    rows = try page.rows(in: try opened.get())
                } catch {
                    try onDamage(.page(block), error)
                    continue
                }
                outcome.withLock { outcome in
                    outcome.pages += 1
                    outcome.live.insert(rows)
                }
            }
        }
    }
}
