import Foundation
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
            /// `delete`, `mark`, `wait`, `spare`, `revive`.
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
    package init(grace: Duration?, isDryRun: Bool, isExclusive: Bool, settings: Settings) {
        options = PruneOptions(
            grace: grace ?? PruneOptions.standardGrace,
            isDryRun: isDryRun,
            isExclusive: isExclusive
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
        contested = report.contested
        deletedIndexSegments = report.deletedIndexSegments
        packs = report.packs.map { Pack(pack: $0.pack.description, bytes: $0.sizeInBytes, action: $0.action.rawValue) }
        let touched = PruneReport.Action.allCases.filter { $0 != .keep }.reduce(0) { $0 + report.tally($1).packs }
        omittedPacks = touched - packs.count
    }
}
