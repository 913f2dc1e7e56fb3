package import Foundation
package import KubeAPI
import KubernetesModel
package import Logging

/// Brings the objects of a backup back into a cluster.
///
/// The backup is read twice as a stream: once to find out what the wanted objects need and in which order they must come,
/// once to create them. What becomes of each object stands in the report; an object that cannot be restored stops nothing
/// else. A restore that was cut off is run again: what is there already counts as unchanged.
package struct RestoreEngine: Sendable {
    /// In whose name objects are written.
    package static let fieldManager = "kbackup"

    private let target: any RestoreTarget
    private let source: RestoreSource
    private let limits: RestoreLimits
    private let time: RestoreTime
    private let now: @Sendable () -> Date
    private let logger: Logger

    package init(
        target: any RestoreTarget,
        source: RestoreSource,
        limits: RestoreLimits = RestoreLimits(),
        time: RestoreTime = .system,
        now: @escaping @Sendable () -> Date = { Date() },
        logger: Logger = Logger(label: "kbackup.restore")
    ) {
        self.target = target
        self.source = source
        self.limits = limits
        self.time = time
        self.now = now
        self.logger = logger
    }

    /// Restores into the cluster of `client`.
    package init(
        client: KubeClient,
        source: RestoreSource,
        limits: RestoreLimits = RestoreLimits(),
        now: @escaping @Sendable () -> Date = { Date() },
        logger: Logger = Logger(label: "kbackup.restore")
    ) {
        self.init(target: ClusterTarget(client), source: source, limits: limits, now: now, logger: logger)
    }

    /// Begins one restore: looks whether it can be done at all, and changes nothing yet.
    ///
    /// - Parameters:
    ///   - name: Of the restore, for the report.
    ///   - targetCluster: The id of the cluster that is restored into, for the report.
    ///   - spec: What to restore.
    ///   - clusterFlags: How the cluster is reached, for the report.
    ///   - program: The version of kbackup, for the report.
    ///   - progress: Called for each object, from any task.
    /// - Throws: ``RestoreError`` when the specification does not fit the backup; `KubeAPIError` when the cluster cannot
    ///   be reached or does not accept the credentials; `CancellationError`.
    package func begin(
        name: String,
        targetCluster: String,
        spec: RestoreSpec,
        clusterFlags: [String] = [],
        program: String,
        progress: @escaping @Sendable (RestoreProgress) -> Void = { _ in }
    ) async throws -> RestoreSession {
        let startedAt = now()
        let discovery = try await target.discover()
        let selection = try RestoreSelection(
            spec,
            resources: source.resources,
            namespaces: source.namespaces,
            served: discovery
        )
        let report = RestoreReport(
            name: name,
            backup: source.backup,
            backupCluster: source.cluster,
            targetCluster: targetCluster,
            phase: .inProgress,
            spec: spec,
            clusterFlags: clusterFlags,
            startedAt: startedAt,
            resources: [],
            skipped: [],
            conflicts: [],
            failures: [],
            warnings: [],
            omitted: RestoreReport.Omitted(),
            program: program
        )
        return RestoreSession(
            target: target,
            source: source,
            limits: limits,
            time: time,
            now: now,
            logger: logger,
            discovery: discovery,
            selection: selection,
            ledger: RestoreLedger(noteLimit: limits.notes, onProgress: progress),
            blank: report
        )
    }
}
