package import Foundation
import Repository

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
    /// How the target cluster was reached: flags of the command line and their values.
    package var clusterFlags: [String]
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

extension RestoreReport {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try fields.decode(String.self, forKey: .name),
            run: try fields.decodeIfPresent(String.self, forKey: .run),
            backup: try fields.decode(String.self, forKey: .backup),
            backupCluster: try fields.value(.backupCluster, or: ""),
            targetCluster: try fields.decode(String.self, forKey: .targetCluster),
            phase: try fields.decode(Phase.self, forKey: .phase),
            spec: try fields.value(.spec, or: RestoreSpec()),
            clusterFlags: try fields.value(.clusterFlags, or: []),
            message: try fields.decodeIfPresent(String.self, forKey: .message),
            startedAt: try fields.decode(Date.self, forKey: .startedAt),
            finishedAt: try fields.decodeIfPresent(Date.self, forKey: .finishedAt),
            planned: try fields.decodeIfPresent(Int.self, forKey: .planned),
            nextReportBy: try fields.decodeIfPresent(Date.self, forKey: .nextReportBy),
            resources: try fields.value(.resources, or: []),
            skipped: try fields.value(.skipped, or: []),
            conflicts: try fields.value(.conflicts, or: []),
            failures: try fields.value(.failures, or: []),
            warnings: try fields.value(.warnings, or: []),
            omitted: try fields.value(.omitted, or: Omitted()),
            program: try fields.value(.program, or: "")
        )
    }
}

extension RestoreReport.ResourceCount {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            group: try fields.decode(String.self, forKey: .group),
            resource: try fields.decode(String.self, forKey: .resource),
            created: try fields.value(.created, or: 0),
            updated: try fields.value(.updated, or: 0),
            unchanged: try fields.value(.unchanged, or: 0),
            conflicts: try fields.value(.conflicts, or: 0),
            skipped: try fields.value(.skipped, or: 0),
            failed: try fields.value(.failed, or: 0)
        )
    }
}

extension RestoreReport.Omitted {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            skipped: try fields.value(.skipped, or: 0),
            conflicts: try fields.value(.conflicts, or: 0),
            failures: try fields.value(.failures, or: 0),
            warnings: try fields.value(.warnings, or: 0)
        )
    }
}
