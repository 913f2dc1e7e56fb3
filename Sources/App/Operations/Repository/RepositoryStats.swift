import Repository

/// Counts what a repository holds.
package struct RepositoryStats: Sendable {
    /// What it holds; sizes in bytes.
    package struct Report: Encodable, Sendable {
        package struct Objects: Encodable, Sendable, Equatable {
            package var count: Int
            package var bytes: Int
        }

        package var kind = "RepositoryStats"
        package var location: String
        package var backups: Int
        package var storedBytes: Int
        package var packs: Objects
        package var unreferencedPacks: Objects
        package var markedPacks: Objects
        package var liveBytes: Int
        package var deadBytes: Int
        package var deadBytesOfNeededPacks: Int
        package var snapshots: Objects
        package var index: Objects
        package var relocations: Objects
        package var restoreReports: Objects
        package var otherObjects: Objects
        package var blocks: Int
        package var manifestPages: Int
        package var records: Int
        package var recordBytes: Int
        package var logicalRecords: Int
        package var logicalBytes: Int
        package var deduplicationRatio: Double?
        package var compressionRatio: Double?
        /// Snapshots and manifest pages that cannot be read, and are not counted.
        package var unreadable: Int
    }

    let settings: Settings

    package init(settings: Settings) { self.settings = settings }

    /// - Throws: ``OperationError``, `RepositoryError`, `ObjectStoreError`.
    package func run() async throws -> Report {
        let access = try settings.locationAccess()
        return Report(try await access.openExisting().statistics(), location: access.location.name)
    }
}

extension RepositoryStats.Report {
    init(_ statistics: RepositoryStatistics, location: String) {
        func objects(_ objects: RepositoryStatistics.Objects) -> Objects {
            Objects(count: objects.count, bytes: objects.bytes)
        }
        func rounded(_ ratio: Double?) -> Double? { ratio.map { ($0 * 100).rounded() / 100 } }
        self.location = location
        backups = statistics.backups
        storedBytes = statistics.storedBytes
        packs = objects(statistics.packs)
        unreferencedPacks = objects(statistics.unreferencedPacks)
        markedPacks = objects(statistics.markedPacks)
        liveBytes = statistics.liveBytes
        deadBytes = statistics.deadBytes
        deadBytesOfNeededPacks = statistics.deadBytesOfNeededPacks
        snapshots = objects(statistics.snapshots)
        index = objects(statistics.indexSegments)
        relocations = objects(statistics.relocations)
        restoreReports = objects(statistics.restoreReports)
        otherObjects = objects(statistics.others)
        blocks = statistics.liveBlocks
        manifestPages = statistics.manifestPages
        records = statistics.records
        recordBytes = statistics.recordBytes
        logicalRecords = statistics.logicalRecords
        logicalBytes = statistics.logicalBytes
        deduplicationRatio = rounded(statistics.deduplication)
        compressionRatio = rounded(statistics.compression)
        unreadable = statistics.unreadable
    }
}
