/// What a backup would hold: the answer to `--dry-run`.
package struct BackupPlan: Sendable, Codable {
    package struct Resource: Sendable, Codable {
        /// `deployments.apps`.
        package var resource: String
        package var version: String
        package var kind: String
        /// Why it is taken, in words.
        package var rule: String
    }

    package var namespaces: [String]
    package var resources: [Resource]
    package var exclusions: [BackupDetails.Exclusion]
    package var failures: [BackupDetails.Failure]
    /// What may be a mistake in what was asked for.
    package var warnings: [String]
    package var includesEtcd: Bool
}
