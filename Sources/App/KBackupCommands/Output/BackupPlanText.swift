import Operations

/// What a backup would hold, for people.
enum BackupPlanText {
    static func text(_ plan: BackupPlanDocument) -> String {
        var parts = ["Backup '\(plan.name)' would be written to location '\(plan.location)'. Nothing was written."]
        parts.append(Text.fields([("Namespaces", Text.list(plan.namespaces, orElse: "none"))]))
        parts.append(
            TableText(
                header: ["RESOURCE", "VERSION", "KIND", "TAKEN"],
                rows: plan.resources.map { [$0.resource, $0.version, $0.kind, $0.rule] }
            ).text
        )
        if plan.includesEtcd { parts.append("The etcd database would be in it.") }
        if !plan.exclusions.isEmpty {
            parts.append(
                TableText(
                    header: ["EXCLUDED", "RULE"],
                    rows: plan.exclusions.map { [$0.subject, $0.rule] }
                ).text
            )
        }
        if !plan.failures.isEmpty {
            parts.append(
                TableText(header: ["MISSING", "REASON"], rows: plan.failures.map { [$0.subject, $0.reason] }).text
            )
        }
        return parts.joined(separator: "\n\n")
    }
}
