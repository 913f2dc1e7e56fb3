import Repository

/// Looks for damage in a repository.
package struct CheckRepository: Sendable {
    /// What was found.
    package struct Report: Encodable, Sendable {
        package struct Damage: Encodable, Sendable, Equatable {
            package var object: String
            package var message: String
        }

        package struct Backup: Encodable, Sendable, Equatable {
            package var name: String
            package var cluster: String
            /// Why nothing of it can be read.
            package var reason: String?
            package var lostRecords: Int
            package var lostRows: Int
            /// The first of what is lost.
            package var lost: [String]
        }

        package var kind = "RepositoryCheck"
        package var location: String
        package var sound: Bool
        package var readDataPercent: Int
        package var backups: Int
        package var manifestPages: Int
        package var packs: Int
        package var packBytes: Int
        package var unreferencedPacks: Int
        package var indexSegments: Int
        package var relocations: Int
        package var restoreReports: Int
        package var packsRead: Int
        package var blocksRead: Int
        package var bytesRead: Int
        package var damageCount: Int
        package var damages: [Damage]
        package var harmedBackups: [Backup]
    }

    let settings: Settings
    let dataPercent: Int

    /// - Parameter dataPercent: So many packs in a hundred are read whole and verified.
    package init(dataPercent: Int, settings: Settings) {
        self.dataPercent = dataPercent
        self.settings = settings
    }

    /// - Throws: ``OperationError``, `RepositoryError`, `ObjectStoreError`.
    package func run() async throws -> Report {
        let access = try settings.locationAccess()
        let repository = try await access.openExisting()
        let report = try await repository.check(dataPercent: dataPercent)
        return Report(report, dataPercent: dataPercent, location: access.location.name)
    }
}

extension CheckRepository.Report {
    init(_ report: CheckReport, dataPercent: Int, location: String) {
        self.location = location
        sound = report.isSound
        readDataPercent = dataPercent
        backups = report.backups
        manifestPages = report.manifestPages
        packs = report.packs
        packBytes = report.packBytes
        unreferencedPacks = report.unreferencedPacks
        indexSegments = report.indexSegments
        relocations = report.relocations
        restoreReports = report.restoreReports
        packsRead = report.packsRead
        blocksRead = report.blocksRead
        bytesRead = report.bytesRead
        damageCount = report.damageCount
        damages = report.damages.map { Damage(object: $0.object, message: $0.message) }
        harmedBackups = report.harmed.map(Backup.init)
    }
}

extension CheckRepository.Report.Backup {
    init(_ harmed: CheckReport.HarmedBackup) {
        name = harmed.name.name
        cluster = harmed.name.cluster
        reason = harmed.reason
        lostRecords = harmed.lostRecords
        lostRows = harmed.lostRows
        lost = harmed.examples
    }
}
