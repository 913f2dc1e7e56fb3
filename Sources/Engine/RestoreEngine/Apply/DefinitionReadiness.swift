import Concurrency
import KubeAPI
import KubernetesModel

/// Waits until custom kinds can be used: their definitions are established, and discovery shows the kinds.
///
/// One does not follow from the other at once: after many definitions, discovery lags behind by many seconds.
struct DefinitionReadiness {
    let target: any RestoreTarget
    let served: ServedResources
    let time: RestoreTime
    let timeout: Duration

    /// - Parameter kinds: Of custom resources whose definitions were restored or existed.
    /// - Returns: Full sentences about the kinds that did not become usable in time.
    func wait(for kinds: [BackedUpResource]) async throws -> [String] {
        guard let definitions = served.resource("customresourcedefinitions.apiextensions.k8s.io") else { return [] }
        let deadline = time.now() + timeout
        var pause = Duration.milliseconds(250)
        var open = kinds.filter { served.place(of: $0).resource == nil }
        var unestablished = open
        while !open.isEmpty {
            try Task.checkCancellation()
            unestablished = try await stillUnestablished(unestablished, definitions)
            if unestablished.count < open.count {
                served.update(try await target.discover())
                open = open.filter { served.place(of: $0).resource == nil }
            }
            if open.isEmpty { break }
            guard time.now() < deadline else {
                return open.map { kind in
                    let state = unestablished.contains(kind) ? "is not established" : "is not served"
                    return "The kind '\(kind.groupResource)' \(state) \(timeout) after its definition was restored."
                }
            }
            try await time.sleep(pause)
            pause = min(pause * 2, .seconds(2))
        }
        return []
    }

    private func stillUnestablished(_ kinds: [BackedUpResource], _ definitions: APIResource) async throws
        -> [BackedUpResource]
    {
        let target = target
        let states = try await kinds.concurrentMap(width: 8) { kind in
            do {
                let answer = try await target.get(definitions, ObjectName(name: kind.definitionName))
                return Self.isEstablished(try KubernetesObject(parsing: answer))
            } catch let error as KubeAPIError where error.code == .notFound {
                return false
            }
        }
        return zip(kinds, states).filter { !$0.1 }.map(\.0)
    }

    static func isEstablished(_ definition: KubernetesObject) -> Bool {
        (definition["status", "conditions"]?.array ?? []).contains { condition in
            condition["type"]?.text == "Established" && condition["status"]?.text == "True"
        }
    }
}

extension BackedUpResource {
    /// What the definition of such a custom kind is called.
    var definitionName: String { "\(resource).\(group)" }
}
