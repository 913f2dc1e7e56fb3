import BackupEngine

/// What a backup would hold: the shape of `kbackup create --dry-run -o json`.
package struct BackupPlanDocument: Encodable, Sendable, Equatable {
    package struct Resource: Encodable, Sendable, Equatable {
        package var resource: String
        package var version: String
        package var kind: String
        package var rule: String
    }

    package var kind = "BackupPlan"
    package var name: String
    package var location: String
    package var namespaces: [String]
    package var resources: [Resource]
    package var exclusions: [BackupDocument.Exclusion]
    package var failures: [FailureDocument]
    package var warnings: [String]
    package var includesEtcd: Bool

    init(_ plan: BackupPlan, name: String, location: String) {
        self.name = name
        self.location = location
        namespaces = plan.namespaces
        resources = plan.resources.map {
            Resource(resource: $0.resource, version: $0.version, kind: $0.kind, rule: $0.rule)
        }
        exclusions = plan.exclusions.map {
            BackupDocument.Exclusion(subject: $0.subject, rule: $0.rule, objects: $0.objects)
        }
        failures = plan.failures.map { FailureDocument(subject: $0.subject, reason: $0.reason) }
        warnings = plan.warnings
        includesEtcd = plan.includesEtcd
    }
}
