package import Foundation
import Repository

/// Deletes from a repository what no backup refers to.
package struct PruneRepository: Sendable {
    /// What was done, or would be.
    package struct Report: Encodable, Sendable {
        package struct Tally: Encodable, Sendable, Equatable {
            package var packs: Int
            package var bytes: Int
        }

        package struct Pack: Encodable, Sendable, Equatable {
            package var pack: String
            package var bytes: Int
            /// `delete`, `mark`, `wait`, `spare`, `revive`, `repack`, `locked`.
            package var action: String
        }

        package var kind = "RepositoryPrune"
        package var location: String
        package var dryRun: Bool
        package var exclusive: Bool
        package var graceSeconds: Int
        package var backups: Int
        package var deleted: Tally
        package var marked: Tally
        package var waiting: Tally
        package var spared: Tally
        package var revived: Tally
        package var kept: Tally
        /// Packs of which backups need some: that was written anew.
        package var repacked: Tally
        /// What it was written into.
        package var written: Tally
        /// Packs that the store keeps from deletion.
        package var locked: Tally
        /// When it lets go of the last of them.
        package var lockedUntil: Date?
        /// Of the packs that backups need, what none needs, and is left.
        package var unusedBytes: Int
        /// Packs that were to be written anew, and cannot be read.
        package var unreadable: Int
        package var deletedRelocations: Int
        package var contested: Int
        package var deletedIndexSegments: Int
        package var packs: [Pack]
        /// Packs that are not in the list, which is bounded.
        package var omittedPacks: Int
    }

    let settings: Settings
    let options: PruneOptions

    package static let shortestGrace = PruneOptions.shortestGrace

    /// - Parameters:
    ///   - grace: At least ``shortestGrace``; `nil` for the usual one.
    ///   - isDryRun: Says what would be done, and does nothing.
    ///   - isExclusive: Deletes at once, because nothing else uses the repository.
    ///   - repackLimit: Packs of so many bytes together are written anew at most; `nil` for the usual.
    ///   - unusedPercent: As much of what is stored may be of no need; `nil` for the usual.
    package init(
        grace: Duration?,
        isDryRun: Bool,
        isExclusive: Bool,
        repackLimit: Int?,
        unusedPercent: Int?,
        settings: Settings
    ) {
        options = PruneOptions(
            grace: grace ?? PruneOptions.standardGrace,
            isDryRun: isDryRun,
            isExclusive: isExclusive,
            repackLimit: repackLimit ?? PruneOptions.standardRepackLimit,
            unusedPercent: unusedPercent.map(Double.init) ?? PruneOptions.standardUnusedPercent
        )
        self.settings = settings
    }

    /// - Throws: ``OperationError``, `RepositoryError`, `ObjectStoreError`.
    package func run() async throws -> Report {
        let access = try settings.locationAccess()
        let repository = try await access.openExisting()
        let now = settings.context.now().timeIntervalSince1970
        return Report(try await repository.prune(options, wallClock: now), options, location: access.location.name)
    }
}

extension PruneRepository.Report {
    init(_ report: PruneReport, _ options: PruneOptions, location: String) {
        func tally(_ action: PruneReport.Action) -> Tally {
            Tally(packs: report.tally(action).packs, bytes: report.tally(action).bytes)
        }
        self.location = location
        dryRun = options.isDryRun
        exclusive = options.isExclusive
        graceSeconds = options.isExclusive ? 0 : Int(options.grace.components.seconds)
        backups = report.backups
        deleted = tally(.delete)
        marked = tally(.mark)
        waiting = tally(.wait)
        spared = tally(.spare)
        revived = tally(.revive)
        kept = tally(.keep)
        repacked = tally(.repack)
        written = Tally(packs: report.written.packs, bytes: report.written.bytes)
        locked = tally(.locked)
        lockedUntil = report.lockedUntil.map { Date(timeIntervalSince1970: $0.rounded(.up)) }
        unusedBytes = report.unusedBytes
        unreadable = report.unreadable
        deletedRelocations = report.deletedRelocations
        contested = report.contested
        deletedIndexSegments = report.deletedIndexSegments
        packs = report.packs.map { Pack(pack: $0.pack.description, bytes: $0.sizeInBytes, action: $0.action.rawValue) }
        let touched = PruneReport.Action.allCases.filter { $0 != .keep }.reduce(0) { $0 + report.tally($1).packs }
        omittedPacks = touched - packs.count
    }
}
