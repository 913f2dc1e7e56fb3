package import Foundation
package import Repository

extension BackupDetails {
    /// The details of a backup of files alone.
    ///
    /// - Parameters:
    ///   - source: `files-<host>`.
    ///   - exclusions: The rules that left paths out, and how many.
    ///   - failures: The paths that are missing, and why.
    package init(
        name: String,
        source: String,
        files: Files,
        startedAt: Date,
        finishedAt: Date,
        exclusions: [(rule: String, count: Int)],
        failures: [(path: String, reason: String)],
        warnings: [String],
        parent: String?,
        statistics: WriteStatistics,
        program: String
    ) {
        var spec = BackupSpec()
        spec.includesObjects = false
        self.init(
            name: name,
            phase: failures.isEmpty ? .completed : .partiallyFailed,
            spec: spec,
            cluster: Cluster(id: source, version: ""),
            startedAt: startedAt,
            finishedAt: finishedAt,
            resources: [],
            namespaces: [],
            exclusions: exclusions.map { Exclusion(subject: "paths", rule: $0.rule, objects: $0.count) },
            failures: failures.map { Failure(subject: $0.path, reason: $0.reason) },
            warnings: warnings,
            files: files,
            parent: parent,
            statistics: statistics,
            program: program
        )
    }
}
