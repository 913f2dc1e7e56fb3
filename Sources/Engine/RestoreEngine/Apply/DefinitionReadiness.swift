import Concurrency
import KubeAPI
import KubernetesModel

/// Finds out when custom kinds can be used: their definitions are established, and discovery shows that their objects can
/// be created.
///
/// One does not follow from the other at once: after many definitions, discovery lags behind by many seconds, and may show
/// a kind as it was under a definition that has been deleted.
struct DefinitionReadiness {
    /// How a definition stands in the cluster.
    enum State: Sendable, Hashable {
        case absent
        /// While it is being deleted, its kind is served, but takes no objects.
        case terminating
        case unestablished
        case established
    }

    let target: any RestoreTarget
    let served: ServedResources
    let gate: KindGate
    let time: RestoreTime

    /// Waits until kinds can be used.
    ///
    /// Closes the gate for those whose definitions are being deleted, and for those that discovery shows without a way to
    /// create objects to the end.
    ///
    /// - Parameter kinds: Of custom resources whose definitions were restored or existed.
    /// - Returns: Full sentences about the kinds that did not become usable in time.
    func wait(for kinds: [BackedUpResource], timeout: Duration) async throws -> [String] {
        let deadline = time.now() + timeout
        var pause = Duration.milliseconds(250)
        var open = kinds
        var states: [BackedUpResource: State] = [:]
        while !open.isEmpty {
            try Task.checkCancellation()
            for (kind, state) in try await self.states(of: open.filter { states[$0] != .established }) {
                states[kind] = state
                if state == .terminating { gate.close(kind.groupResource, Self.terminating(kind)) }
            }
            open = open.filter { states[$0] != .terminating }
            if open.contains(where: { states[$0] != .unestablished }) {
                served.update(try await target.discover())
                open = open.filter { !isSettled($0, states[$0] ?? .absent) }
            }
            if open.isEmpty { break }
            guard time.now() < deadline else {
                // What no definition stands for is an API server's of its own, which may well take no objects.
                open = open.filter { states[$0] != .absent }
                for kind in open where served.place(of: kind).resource != nil {
                    gate.close(kind.groupResource, Self.notServed(kind))
                }
                return open.map { kind in
                    let state = states[kind] == .established ? "is not served" : "is not established"
                    return "The kind '\(kind.groupResource)' \(state) \(timeout) after its definition was restored."
                }
            }
            try await time.sleep(pause)
            pause = min(pause * 2, .seconds(2))
        }
        return []
    }

    /// Looks once whether kinds that the gate holds back can be used now, and opens the gate for those.
    func reopen(_ kinds: [BackedUpResource]) async throws {
        let states = try await states(of: kinds)
        for (kind, state) in states where state == .terminating {
            gate.close(kind.groupResource, Self.terminating(kind))
        }
        guard states.contains(where: { $0.1 == .established || $0.1 == .absent }) else { return }
        served.update(try await target.discover())
        for (kind, state) in states where isSettled(kind, state) { gate.open(kind.groupResource) }
    }

    /// Whether it is clear what becomes of a kind's objects, by what was discovered after its definition was in `state`.
    private func isSettled(_ kind: BackedUpResource, _ state: State) -> Bool {
        switch state {
        case .established: served.isCreatable(kind)
        case .absent: served.isCreatable(kind) || served.place(of: kind).resource == nil
        case .unestablished, .terminating: false
        }
    }

    private func states(of kinds: [BackedUpResource]) async throws -> [(BackedUpResource, State)] {
        guard let definitions = served.resource("customresourcedefinitions.apiextensions.k8s.io") else {
            return kinds.map { ($0, .absent) }
        }
        let target = target
        let states = try await kinds.concurrentMap(width: 8) { kind in
            do {
                let answer = try await target.get(definitions, ObjectName(name: kind.definitionName))
                return Self.state(of: try KubernetesObject(parsing: answer))
            } catch let error as KubeAPIError where error.code == .notFound {
                return State.absent
            }
        }
        return Array(zip(kinds, states))
    }

    static func state(of definition: KubernetesObject) -> State {
        if definition.deletionTimestamp != nil { return .terminating }
        let isEstablished = (definition["status", "conditions"]?.array ?? []).contains { condition in
            condition["type"]?.text == "Established" && condition["status"]?.text == "True"
        }
        return isEstablished ? .established : .unestablished
    }

    static func terminating(_ kind: BackedUpResource) -> Postponement {
        Postponement(
            cause: .deletion,
            reason: "the definition of its kind, '\(kind.definitionName)', is still being deleted"
        )
    }

    private static func notServed(_ kind: BackedUpResource) -> Postponement {
        Postponement(cause: .refusal, reason: "the cluster takes no objects of kind '\(kind.groupResource)' yet")
    }
}

extension BackedUpResource {
    /// What the definition of such a custom kind is called.
    var definitionName: String { "\(resource).\(group)" }

    var definitionKey: StoredObjectKey {
        StoredObjectKey(
            group: "apiextensions.k8s.io",
            resource: "customresourcedefinitions",
            namespace: "",
            name: definitionName
        )
    }

    /// Whether a definition or an aggregated API may serve it.
    var mayBeCustom: Bool { groupResource.mayBeCustom }
}

extension GroupResource {
    /// Whether a definition or an aggregated API may serve it.
    var mayBeCustom: Bool { !RestoreOrder.isBuiltIn(self) }
}

extension ServedResources {
    /// Whether objects of a kind can be created, as far as discovery tells.
    func isCreatable(_ kind: BackedUpResource) -> Bool {
        place(of: kind).resource?.verbs.contains("create") ?? false
    }
}
