package import Foundation

/// All that is known about a restore: as it is now, or as it was when it ended.
///
/// Stored in the repository as JSON; the catalog holds a copy.
package struct RestoreReport: Codable, Sendable {
    package enum Phase: String, Codable, Sendable {
        /// It has begun, and its end is not known.
        case inProgress = "InProgress"
        /// All that was asked for is in the cluster, or was left out by a rule.
        case completed = "Completed"
        /// Something could not be restored, or the cluster holds something else under the same name. A difference in
        /// nothing but metadata (labels, annotations, finalizers, owners) is a conflict, but no failure.
        case partiallyFailed = "PartiallyFailed"
        /// Somebody ended it before it was through.
        case interrupted = "Interrupted"
        /// Something made it impossible to go on.
        case failed = "Failed"

        /// Whether the restore went over all of its objects.
        package var isThrough: Bool { self == .completed || self == .partiallyFailed }
    }

    /// What became of the objects of one resource.
    package struct ResourceCount: Codable, Sendable, Hashable {
        package var group: String
        package var resource: String
        package var created: Int
        /// Existed, and got what was missing: service accounts.
        package var updated: Int
        /// Existed with the same content.
        package var unchanged: Int
        /// Existed with other content, and were left as they are.
        package var conflicts: Int
        package var skipped: Int
        package var failed: Int
    }

    /// An object that was not simply created, and why.
    package struct Note: Codable, Sendable, Hashable {
        package var subject: String
        package var reason: String
    }

    /// How many notes there were beyond what a report holds.
    package struct Omitted: Codable, Sendable, Hashable {
        package var skipped = 0
        package var conflicts = 0
        package var failures = 0
        package var warnings = 0
    }

    package var name: String
    /// Tells a run from another one that goes on with the same restore.
    package var run: String?
    package var backup: String
    /// Of the cluster that was backed up.
    package var backupCluster: String
    /// Of the cluster that was restored into.
    package var targetCluster: String
    package var phase: Phase
    package var spec: RestoreSpec
    /// Why the restore was cut off; `nil` unless it was.
    package var message: String?
    package var startedAt: Date
    /// `nil` while it is in progress.
    package var finishedAt: Date?
    /// Of how many objects the fate is to be decided; `nil` while the restore is being planned.
    package var planned: Int?
    /// While it is in progress: when the next report is to be there at the latest.
    package var nextReportBy: Date?
    package var resources: [ResourceCount]
    /// Left out, and by which rule.
    package var skipped: [Note]
    /// Existed with other content, and were left as they are.
    package var conflicts: [Note]
    package var failures: [Note]
    package var warnings: [String]
    package var omitted: Omitted
    package var program: String
}
