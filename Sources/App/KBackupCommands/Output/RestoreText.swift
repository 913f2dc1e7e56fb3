import Foundation
import Operations

/// Restores for people.
enum RestoreText {
    /// One line for each.
    static func table(_ restores: [RestoreDocument], now: Date) -> String {
        TableText(
            header: ["NAME", "BACKUP", "PHASE", "AGE", "CREATED", "UNCHANGED", "SKIPPED", "CONFLICTS", "FAILED"],
            rows: restores.map { restore in
                [
                    restore.name, restore.backup, restore.phase, Text.age(of: restore.startedAt, at: now),
                    Text.number(restore.created), Text.number(restore.unchanged), Text.number(restore.skippedObjects),
                    Text.number(restore.conflictingObjects), Text.number(restore.failed),
                ]
            }
        ).text
    }

    /// What `restore create` says when it is done.
    static func summary(_ restore: RestoreDocument) -> String {
        "Restore '\(restore.name)' is \(restore.phase).\n" + counts(restore)
    }

    /// All of it.
    static func description(_ restore: RestoreDocument) -> String {
        let spec = restore.spec
        let mappings = spec.namespaceMappings.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
        var parts = [
            Text.fields([
                ("Name", restore.name),
                ("Phase", restore.phase),
                ("Reason", restore.message),
                ("Finish with", restore.finishWith),
                ("Location", restore.location),
                ("Backup", restore.backup),
                ("Backup's cluster", restore.backupCluster),
                ("Target cluster", restore.targetCluster),
                ("Started", Text.time(restore.startedAt)),
                ("Finished", restore.finishedAt.map(Text.time)),
                ("Program", restore.program),
            ]),
            "Selection:\n"
                + Text.indented(
                    Text.fields([
                        ("Included namespaces", Text.list(spec.includedNamespaces, orElse: "all")),
                        ("Excluded namespaces", Text.list(spec.excludedNamespaces, orElse: "none")),
                        ("Included resources", Text.list(spec.includedResources, orElse: "all")),
                        ("Excluded resources", Text.list(spec.excludedResources, orElse: "none")),
                        ("Cluster resources", Text.clusterResources(spec.includeClusterResources)),
                        ("Label selector", spec.labelSelector.isEmpty ? "none" : spec.labelSelector),
                        ("Namespace mappings", Text.list(mappings, orElse: "none")),
                    ])
                ),
            counts(restore),
        ]
        if !restore.resources.isEmpty { parts.append("Resources:\n" + resources(restore)) }
        parts.append(section("Failed", restore.failures, omitted: restore.omitted.failures))
        parts.append(section("Different, and left as they are", restore.conflicts, omitted: restore.omitted.conflicts))
        parts.append(section("Skipped", restore.skipped, omitted: restore.omitted.skipped))
        if !restore.warnings.isEmpty { parts.append(Text.section("Warnings", restore.warnings)) }
        return parts.joined(separator: "\n\n")
    }

    private static func counts(_ restore: RestoreDocument) -> String {
        Text.fields([
            ("Created", Text.number(restore.created)),
            ("Updated", restore.updated == 0 ? nil : Text.number(restore.updated)),
            ("Unchanged", Text.number(restore.unchanged)),
            ("Skipped", Text.number(restore.skippedObjects)),
            ("Conflicts", Text.number(restore.conflictingObjects)),
            ("Failed", Text.number(restore.failed)),
            ("Not reached", restore.remaining.map(Text.number)),
            ("Duration", restore.durationSeconds.map(Text.duration)),
        ])
    }

    private static func resources(_ restore: RestoreDocument) -> String {
        TableText(
            header: ["RESOURCE", "CREATED", "UPDATED", "UNCHANGED", "SKIPPED", "CONFLICTS", "FAILED"],
            rows: restore.resources.map { count in
                [
                    count.resource, Text.number(count.created), Text.number(count.updated),
                    Text.number(count.unchanged),
                    Text.number(count.skipped), Text.number(count.conflicts), Text.number(count.failed),
                ]
            },
            indentation: "  "
        ).text
    }

    private static func section(_ title: String, _ entries: [FailureDocument], omitted: Int) -> String {
        let more = omitted > 0 ? ["and \(Text.number(omitted)) more"] : []
        return Text.section(title, entries.map { "\($0.subject): \($0.reason)" } + more)
    }
}
