package import Foundation
import RestoreEngine

/// A restore as commands show it: the stable shape of `-o json` and `-o yaml`, described in `docs/output.md`.
package struct RestoreDocument: Encodable, Sendable, Equatable {
    package struct Spec: Encodable, Sendable, Equatable {
        package var includedNamespaces: [String]
        package var excludedNamespaces: [String]
        package var includedResources: [String]
        package var excludedResources: [String]
        package var includeClusterResources: Bool?
        package var labelSelector: String
        package var namespaceMappings: [String: String]
    }

    package struct Resource: Encodable, Sendable, Equatable {
        package var resource: String
        package var created: Int
        package var updated: Int
        package var unchanged: Int
        package var conflicts: Int
        package var skipped: Int
        package var failed: Int
    }

    /// How many entries there were beyond what the lists hold.
    package struct Omitted: Encodable, Sendable, Equatable {
        package var skipped: Int
        package var conflicts: Int
        package var failures: Int
        package var warnings: Int
    }

    package var kind = "Restore"
    package var name: String
    package var location: String
    package var phase: String
    /// Why it was cut off.
    package var message: String?
    package var backup: String
    package var backupCluster: String
    package var targetCluster: String
    package var startedAt: Date
    package var finishedAt: Date?
    package var durationSeconds: Int?
    package var spec: Spec
    /// The command that finishes it, for a shell; `nil` where there is nothing to finish.
    package var finishWith: String?
    package var created: Int
    package var updated: Int
    package var unchanged: Int
    package var skippedObjects: Int
    package var conflictingObjects: Int
    package var failed: Int
    /// How many objects it did not come to; of restores that are not through.
    package var remaining: Int?
    package var resources: [Resource]
    package var skipped: [FailureDocument]
    package var conflicts: [FailureDocument]
    package var failures: [FailureDocument]
    package var warnings: [String]
    package var omitted: Omitted
    package var program: String

    /// How many objects it is through with, whatever became of them.
    package var done: Int { created + updated + unchanged + skippedObjects + conflictingObjects + failed }

    package var isComplete: Bool { phase == RestoreReport.Phase.completed.rawValue }
}

extension RestoreDocument {
    init(_ report: RestoreReport, location: String, settings: Settings) {
        name = report.name
        self.location = location
        phase = report.phase.rawValue
        message = report.message
        backup = report.backup
        backupCluster = report.backupCluster
        targetCluster = report.targetCluster
        startedAt = report.startedAt
        finishedAt = report.finishedAt
        durationSeconds = report.finishedAt.map { Int($0.timeIntervalSince(report.startedAt).rounded()) }
        spec = Spec(
            includedNamespaces: report.spec.includedNamespaces,
            excludedNamespaces: report.spec.excludedNamespaces,
            includedResources: report.spec.includedResources,
            excludedResources: report.spec.excludedResources,
            includeClusterResources: report.spec.includeClusterResources,
            labelSelector: report.spec.labelSelector,
            namespaceMappings: report.spec.namespaceMappings
        )
        func sum(_ count: KeyPath<RestoreReport.ResourceCount, Int>) -> Int {
            report.resources.reduce(0) { $0 + $1[keyPath: count] }
        }
        created = sum(\.created)
        updated = sum(\.updated)
        unchanged = sum(\.unchanged)
        skippedObjects = sum(\.skipped)
        conflictingObjects = sum(\.conflicts)
        failed = sum(\.failed)
        resources = report.resources.map { count in
            Resource(
                resource: count.group.isEmpty ? count.resource : "\(count.resource).\(count.group)",
                created: count.created,
                updated: count.updated,
                unchanged: count.unchanged,
                conflicts: count.conflicts,
                skipped: count.skipped,
                failed: count.failed
            )
        }
        func entries(_ notes: [RestoreReport.Note]) -> [FailureDocument] {
            notes.map { FailureDocument(subject: $0.subject, reason: $0.reason) }
        }
        skipped = entries(report.skipped)
        conflicts = entries(report.conflicts)
        failures = entries(report.failures)
        warnings = report.warnings
        omitted = Omitted(
            skipped: report.omitted.skipped,
            conflicts: report.omitted.conflicts,
            failures: report.omitted.failures,
            warnings: report.omitted.warnings
        )
        program = report.program
        if !report.phase.isThrough, let planned = report.planned { remaining = max(planned - done, 0) }
        finishWith = finishingCommand(flags: report.clusterFlags + settings.locationWords(named: location))
    }
}
