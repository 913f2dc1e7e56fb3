import Foundation
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

    private static let namespaces = BackedUpResource(
        group: "",
        version: "v1",
        resource: "namespaces",
        kind: "Namespace",
        isNamespaced: false,
        objects: 0
    )

    private let target: any RestoreTarget
    private let source: RestoreSource
    private let limits: RestoreLimits
    private let time: RestoreTime
    private let logger: Logger

    package init(
        target: any RestoreTarget,
        source: RestoreSource,
        limits: RestoreLimits = RestoreLimits(),
        time: RestoreTime = .system,
        logger: Logger = Logger(label: "kbackup.restore")
    ) {
        self.target = target
        self.source = source
        self.limits = limits
        self.time = time
        self.logger = logger
    }

    /// Restores into the cluster of `client`.
    package init(
        client: KubeClient,
        source: RestoreSource,
        limits: RestoreLimits = RestoreLimits(),
        logger: Logger = Logger(label: "kbackup.restore")
    ) {
        self.init(target: ClusterTarget(client), source: source, limits: limits, logger: logger)
    }

    /// Runs one restore.
    ///
    /// - Parameters:
    ///   - name: Of the restore, for the report.
    ///   - targetCluster: The id of the cluster that is restored into, for the report.
    ///   - spec: What to restore.
    ///   - program: The version of kbackup, for the report.
    ///   - progress: Called for each object, from any task.
    /// - Throws: ``RestoreError`` when the specification does not fit the backup; `KubeAPIError` when the cluster cannot
    ///   be reached or does not accept the credentials; `RepositoryError` and `ObjectStoreError` when the backup cannot be
    ///   read; `CancellationError`.
    package func run(
        name: String,
        targetCluster: String,
        spec: RestoreSpec,
        program: String,
        progress: @escaping @Sendable (RestoreProgress) -> Void = { _ in }
    ) async throws -> RestoreReport {
        let startedAt = Date()
        let discovery = try await target.discover()
        let selection = try RestoreSelection(
            spec,
            resources: source.resources,
            namespaces: source.namespaces,
            served: discovery
        )
        let objects = StoredObjects(contents: source.contents)
        var planner = RestorePlanner(objects: objects, resources: source.resources, selection: selection)
        let plan = try await planner.plan()
        logger.debug(
            "planned a restore",
            metadata: ["objects": "\(plan.objectCount)", "waves": "\(plan.order.waves.count)"]
        )
        let ledger = RestoreLedger(
            total: plan.objectCount + plan.bareNamespaces.count,
            noteLimit: limits.notes,
            onProgress: progress
        )
        for edge in plan.order.brokenEdges {
            ledger.warn(
                "Objects of '\(edge.owner)' and '\(edge.dependent)' own each other: '\(edge.dependent)' came first and were "
                    + "attached to their owners afterwards."
            )
        }
        let context = makeContext(plan, NamespaceMapping(spec.namespaceMappings), ServedResources(discovery), ledger)
        try await RestoreRun(context: context, objects: objects).run()
        var report = RestoreReport(
            name: name,
            backup: source.backup,
            backupCluster: source.cluster,
            targetCluster: targetCluster,
            phase: .completed,
            spec: spec,
            startedAt: startedAt,
            finishedAt: Date(),
            resources: [],
            skipped: [],
            conflicts: [],
            failures: [],
            warnings: [],
            omitted: RestoreReport.Omitted(),
            program: program
        )
        ledger.close(&report)
        logger.info(
            "restored a backup",
            metadata: ["restore": "\(name)", "backup": "\(source.backup)", "phase": "\(report.phase.rawValue)"]
        )
        return report
    }

    private func makeContext(
        _ plan: RestorePlan,
        _ mapping: NamespaceMapping,
        _ served: ServedResources,
        _ ledger: RestoreLedger
    ) -> RestoreContext {
        RestoreContext(
            target: target,
            plan: plan,
            mapping: mapping,
            resources: Dictionary(
                // Namespaces are made where they are missing, also when the backup holds none.
                (source.resources + [Self.namespaces]).map { ($0.groupResource, $0) },
                uniquingKeysWith: { first, _ in first }
            ),
            served: served,
            owners: OwnerResolver(
                target: target,
                plan: plan,
                mapping: mapping,
                resources: source.resources,
                served: served
            ),
            pending: PendingAttachments(),
            gate: NamespaceGate(),
            ledger: ledger,
            requests: AdaptiveLimit(maximum: limits.parallelism),
            limits: limits,
            time: time,
            logger: logger
        )
    }
}
