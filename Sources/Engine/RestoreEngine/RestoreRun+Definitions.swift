import KubernetesModel
import Synchronization

/// The definitions of custom kinds, and what waits for them.
extension RestoreRun {
    static let definitionResource: GroupResource = "customresourcedefinitions.apiextensions.k8s.io"

    private var readiness: DefinitionReadiness {
        DefinitionReadiness(target: context.target, served: context.served, gate: context.kinds, time: context.time)
    }

    /// The custom kinds of which there are objects to restore.
    private var customKinds: [BackedUpResource] {
        context.resources.values.filter { $0.mayBeCustom && context.plan.counts[$0.groupResource] ?? 0 > 0 }
            .sorted { $0.groupResource < $1.groupResource }
    }

    /// Holds back the objects of kinds whose definitions could not be restored yet.
    func holdBackKinds() {
        for kind in customKinds {
            guard let waiting = context.postponed.postponement(of: kind.definitionKey) else { continue }
            let reason =
                waiting.cause == .deletion
                ? DefinitionReadiness.terminating(kind).reason
                : "the definition of its kind, '\(kind.definitionName)', could not be restored yet: \(waiting.reason)"
            context.kinds.close(kind.groupResource, Postponement(cause: waiting.cause, reason: reason))
        }
    }

    /// Waits for the kinds whose definitions the restore has brought, or that discovery did not show as usable.
    func awaitDefinitions() async throws -> [String] {
        let kinds = customKinds.filter { kind in
            guard !context.kinds.isClosed(kind.groupResource) else { return false }
            if definitions.created(kind.definitionName) { return true }
            if context.served.isCreatable(kind) { return false }
            return definitions.exists(kind.definitionName) || context.served.place(of: kind).resource != nil
        }
        return try await readiness.wait(for: kinds, timeout: context.limits.definitionTimeout)
    }

    /// Tries the definitions once more that had to wait, and lets go the kinds that can be used now.
    func retryDefinitions() async throws {
        guard !context.kinds.closedKinds.isEmpty else { return }
        let waiting = context.postponed.keys(of: Self.definitionResource)
        if !waiting.isEmpty { try await restoreAgain(waiting, of: Self.definitionResource) }
        let kinds = context.kinds.closedKinds.compactMap { context.resources[$0] }
            .filter { !context.postponed.contains($0.definitionKey) }
        if !kinds.isEmpty { try await readiness.reopen(kinds) }
        // How long objects wait depends on what their kind waits for by now.
        for kind in context.kinds.closedKinds {
            guard let postponement = context.kinds.postponement(of: kind) else { continue }
            for key in context.postponed.keys(of: kind) {
                context.postponed.add(key, postponement, now: context.time.now())
            }
        }
    }
}

/// The definitions of custom kinds that the restore has brought or found.
final class DefinitionNames: Sendable {
    private let names = Mutex<[String: Bool]>([:])

    func insert(_ name: String, isCreated: Bool) { names.withLock { $0[name] = isCreated } }

    func created(_ name: String) -> Bool { names.withLock { $0[name] ?? false } }

    func exists(_ name: String) -> Bool { names.withLock { $0[name] != nil } }
}
