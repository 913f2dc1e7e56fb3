package import Foundation
import KubeAPI
import KubernetesModel
import Logging

/// One restore that has begun: its run, and at any time the report of what has become of its objects so far.
package struct RestoreSession: Sendable {
    private static let namespaces = BackedUpResource(
        group: "",
        version: "v1",
        resource: "namespaces",
        kind: "Namespace",
        isNamespaced: false,
        objects: 0
    )

    let target: any RestoreTarget
    let source: RestoreSource
    let limits: RestoreLimits
    let time: RestoreTime
    let now: @Sendable () -> Date
    let logger: Logger
    let discovery: Discovery
    let selection: RestoreSelection
    let ledger: RestoreLedger
    /// The report, without what the ledger knows.
    let blank: RestoreReport

    package var name: String { blank.name }
    package var startedAt: Date { blank.startedAt }

    /// Restores.
    ///
    /// What was done before an error stands in ``report()``.
    ///
    /// - Throws: `KubeAPIError` when the cluster cannot be reached any more or does not accept the credentials;
    ///   `RepositoryError` and `ObjectStoreError` when the backup cannot be read; `CancellationError`.
    package func run() async throws {
        let objects = StoredObjects(contents: source.contents)
        let lost = LostObjects(ledger)
        var planner = RestorePlanner(
            objects: objects,
            lost: lost,
            resources: source.resources,
            selection: selection
        )
        let plan = try await planner.plan()
        logger.debug(
            "planned a restore",
            metadata: ["objects": "\(plan.objectCount)", "waves": "\(plan.order.waves.count)"]
        )
        ledger.plan(plan.objectCount + plan.bareNamespaces.count + lost.count)
        for edge in plan.order.brokenEdges {
            ledger.warn(
                "Objects of '\(edge.owner)' and '\(edge.dependent)' own each other: '\(edge.dependent)' came first and were "
                    + "attached to their owners afterwards."
            )
        }
        try await RestoreRun(context: makeContext(plan), objects: objects, lost: lost).run()
    }

    /// What has become of the objects so far.
    package func report() -> RestoreReport {
        var report = blank
        ledger.fill(&report)
        return report
    }

    /// What has become of the objects, after ``run()``.
    package func finalReport() -> RestoreReport {
        let report = ended(ledger.isComplete ? .completed : .partiallyFailed, nil)
        logger.info(
            "restored a backup",
            metadata: ["restore": "\(report.name)", "backup": "\(report.backup)", "phase": "\(report.phase.rawValue)"]
        )
        return report
    }

    /// What had become of the objects when ``run()`` threw an error.
    ///
    /// - Parameters:
    ///   - phase: ``RestoreReport/Phase/interrupted`` or ``RestoreReport/Phase/failed``.
    ///   - message: Why.
    package func cutOffReport(_ phase: RestoreReport.Phase, _ message: String) -> RestoreReport {
        ended(phase, message)
    }

    private func ended(_ phase: RestoreReport.Phase, _ message: String?) -> RestoreReport {
        var report = report()
        report.phase = phase
        report.message = message
        report.finishedAt = now()
        return report
    }

    private func makeContext(_ plan: RestorePlan) -> RestoreContext {
        let mapping = NamespaceMapping(blank.spec.namespaceMappings)
        let served = ServedResources(discovery)
        let postponed = PostponedObjects()
        return RestoreContext(
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
                served: served,
                postponed: postponed
            ),
            pending: PendingAttachments(),
            postponed: postponed,
            gate: NamespaceGate(),
            kinds: KindGate(),
            ledger: ledger,
            requests: AdaptiveLimit(maximum: limits.parallelism),
            limits: limits,
            time: time,
            logger: logger
        )
    }
}
