import ObjectStore
import Synchronization

/// What a repository holds, and what of it backups refer to.
package struct RepositoryStatistics: Sendable {
    /// Objects of the store, and their bytes.
    package struct Objects: Sendable, Hashable {
        package private(set) var count = 0
        package private(set) var bytes = 0

        mutating func add(_ sizeInBytes: Int) {
            count += 1
            bytes += sizeInBytes
        }
    }

    package var backups = 0
    package var packs = Objects()
    package var unreferencedPacks = Objects()
    package var markedPacks = Objects()
    package var indexSegments = Objects()
    package var snapshots = Objects()
    package var restoreReports = Objects()
    /// What says where the blocks of packs are that were written anew.
    package var relocations = Objects()
    /// What is no part of a repository, such as probes of the location: left alone by everything.
    package var others = Objects()
    /// Of all objects.
    package var storedBytes = 0
    /// Of blocks that backups refer to at least one record of, as they are stored.
    package var liveBytes = 0
    package var liveBlocks = 0
    /// Different records that backups refer to.
    package var records = 0
    package var recordBytes = 0
    package var manifestPages = 0
    /// Records of all backups, as if nothing were shared.
    package var logicalRecords = 0
    package var logicalBytes = 0
    /// Snapshots and manifest pages that cannot be read: what they refer to is not counted.
    package var unreadable = 0

    /// Of packs, that no backup refers to.
    package var deadBytes: Int { max(0, packs.bytes - liveBytes) }
    /// The same of packs that backups need something of.
    package var deadBytesOfNeededPacks: Int { max(0, deadBytes - unreferencedPacks.bytes) }
    /// How often each record is in a backup, by bytes; `nil` when there are none.
    package var deduplication: Double? { recordBytes > 0 ? Double(logicalBytes) / Double(recordBytes) : nil }
    /// How much larger records are than what stores them; `nil` when there are none.
    package var compression: Double? { liveBytes > 0 ? Double(recordBytes) / Double(liveBytes) : nil }

    package init() {}
}

extension Repository {
    /// Counts what the repository holds: lists every object, and reads every snapshot and each page of a manifest once.
    package func statistics() async throws -> RepositoryStatistics {
        var statistics = RepositoryStatistics()
        var list = PackList()
        let marked = try await TombstoneStore(store: store).doomed()
        try await store.list(prefix: "") { objects in
            for object in objects {
                let key = object.key.rawValue
                let size = object.sizeInBytes
                statistics.storedBytes += size
                if list.add(object) {
                    guard let id = PackID(key: object.key) else {
                        statistics.relocations.add(size)
                        continue
                    }
                    statistics.packs.add(size)
                    if marked.contains(id) { statistics.markedPacks.add(size) }
                } else if key.hasPrefix(ChunkIndex.prefix) {
                    statistics.indexSegments.add(size)
                } else if key.hasPrefix(SnapshotStore.prefix) {
                    statistics.snapshots.add(size)
                } else if key.hasPrefix(ReportStore.prefix) {
                    statistics.restoreReports.add(size)
                } else if object.key != Self.rootKey, !key.hasPrefix(TombstoneStore.prefix) {
                    statistics.others.add(size)
                }
            }
        }
        let unreadable = Atomic(0)
        let reachable = try await ReachabilityWalk(self) { _, _ in unreadable.add(1, ordering: .relaxed) }.run()
        let relocations = try await readRelocations(list.relocations) { _, _ in
            unreadable.add(1, ordering: .relaxed)
        }
        let data = ResolvedData(reachable.live, relocations, packs: list.packs)
        for pack in list.packs {
            // What was written anew is needed in its new place only.
            if let blocks = data.live.packs[pack.id], !data.complete.contains(pack.id) {
                statistics.liveBytes += blocks.keys.reduce(0) { $0 + Int($1.storedLength) }
            } else {
                statistics.unreferencedPacks.add(pack.sizeInBytes)
            }
        }
        statistics.backups = reachable.backups
        statistics.liveBlocks = reachable.live.blockCount
        statistics.records = reachable.live.recordCount
        statistics.recordBytes = reachable.live.recordBytes
        statistics.manifestPages = reachable.pages
        statistics.logicalRecords = reachable.logicalRecords
        statistics.logicalBytes = reachable.logicalBytes
        statistics.unreadable = unreadable.load(ordering: .relaxed)
        return statistics
    }
}
