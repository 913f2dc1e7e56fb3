import BackupEngine
import Repository

/// Mends a repository as far as it can be.
package struct RepairRepository: Sendable {
    /// What became of the index.
    package struct IndexReport: Encodable, Sendable {
        package struct Pack: Encodable, Sendable, Equatable {
            package var pack: String
            package var reason: String
        }

        package var kind = "RepositoryIndexRepair"
        package var location: String
        package var dryRun: Bool
        package var packs: Int
        package var chunks: Int
        package var oldSegments: Int
        package var newSegments: Int
        package var unreadablePacks: [Pack]
    }

    /// What became of damaged backups.
    package struct ManifestReport: Encodable, Sendable {
        package typealias Backup = CheckRepository.Report.Backup

        package var kind = "RepositoryManifestRepair"
        package var location: String
        package var dryRun: Bool
        /// Written anew without what is lost, which they name.
        package var mended: [Backup]
        /// Nothing of them can be read.
        package var unreadable: [Backup]
        /// Deleted or replaced by somebody else meanwhile.
        package var contested: [Backup]
        /// Packs that are damaged in part: backups find nothing in them by the index any more.
        package var distrustedPacks: [String]
    }

    let settings: Settings
    let isDryRun: Bool

    /// - Parameter isDryRun: Says what would be done, and does nothing.
    package init(isDryRun: Bool, settings: Settings) {
        self.isDryRun = isDryRun
        self.settings = settings
    }

    /// Makes the index of chunks anew.
    ///
    /// - Throws: ``OperationError``, `RepositoryError`, `ObjectStoreError`.
    package func index() async throws -> IndexReport {
        let access = try settings.locationAccess()
        let report = try await access.openExisting().repairIndex(isDryRun: isDryRun)
        return IndexReport(
            location: access.location.name,
            dryRun: isDryRun,
            packs: report.packs,
            chunks: report.chunks,
            oldSegments: report.oldSegments,
            newSegments: report.newSegments,
            unreadablePacks: report.unreadablePacks.map {
                IndexReport.Pack(pack: $0.pack.description, reason: $0.reason)
            }
        )
    }

    /// Takes out of damaged backups what is lost, and puts it on record in them.
    ///
    /// - Parameter dataPercent: So many packs in a hundred are read whole to find damage.
    /// - Throws: ``OperationError``, `RepositoryError`, `ObjectStoreError`.
    package func manifests(dataPercent: Int) async throws -> ManifestReport {
        let access = try settings.locationAccess()
        let repository = try await access.openExisting()
        let report = try await repository.repairManifests(isDryRun: isDryRun, dataPercent: dataPercent) { details in
            try RepairedBackup(details)
        }
        func backups(_ names: [SnapshotName]) -> [ManifestReport.Backup] {
            report.check.harmed.filter { names.contains($0.name) }.map(ManifestReport.Backup.init)
        }
        return ManifestReport(
            location: access.location.name,
            dryRun: isDryRun,
            mended: backups(report.mended),
            unreadable: backups(report.unreadable),
            contested: backups(report.contested),
            distrustedPacks: report.distrusted.map(\.description)
        )
    }
}
