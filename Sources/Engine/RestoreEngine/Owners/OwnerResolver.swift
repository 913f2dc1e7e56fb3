import KubeAPI
import KubernetesModel
import Synchronization

/// Finds out to what the owner references of the backup lead in the cluster.
final class OwnerResolver: Sendable {
    /// What becomes of one reference.
    enum Resolution: Sendable, Hashable {
        case owner(OwnerReference)
        /// A built-in controller that is restored later adopts the object and sets the reference itself.
        case adopted
        /// The owner may still come, with the objects of its resource.
        case pending(GroupResource)
        /// There is no such owner, and none will come.
        case missing
    }

    private struct State {
        var uids: [ObjectUID: String] = [:]
        /// Owners that were looked up in the cluster; `nil` when they are not there.
        var lookedUp: [ObjectUID: String?] = [:]
        var finished: Set<GroupResource> = []
    }

    private let target: any RestoreTarget
    private let selection: RestoreSelection
    private let facts: RestoreFacts
    private let mapping: NamespaceMapping
    private let resourceOfKind: [GroupKind: GroupResource]
    private let served: ServedResources
    private let state = Mutex(State())

    init(
        target: any RestoreTarget,
        plan: RestorePlan,
        mapping: NamespaceMapping,
        resources: [BackedUpResource],
        served: ServedResources
    ) {
        self.target = target
        selection = plan.selection
        facts = plan.facts
        self.mapping = mapping
        resourceOfKind = GroupKind.resources(of: resources)
        self.served = served
    }

    /// Notes the new uid of an object that others name as their owner.
    func note(_ uid: String?, for old: String?) {
        guard let uid, let old else { return }
        let key = ObjectUID(old)
        guard facts.owners.contains(key) else { return }
        state.withLock { $0.uids[key] = uid }
    }

    /// Whether the new uid of an object is wanted.
    func isOwner(_ uid: String?) -> Bool { uid.map { facts.owners.contains(ObjectUID($0)) } ?? false }

    /// Says that no further owners come from these resources.
    func finish(_ resources: [GroupResource]) { state.withLock { $0.finished.formUnion(resources) } }

    /// - Parameter key: Of the object that has the reference.
    func resolve(_ reference: OwnerReference, of key: StoredObjectKey) async throws -> Resolution {
        let uid = ObjectUID(reference.uid)
        if let new = state.withLock({ $0.uids[uid] }) { return .owner(reference.with(uid: new)) }
        let kind = GroupKind(apiVersion: reference.apiVersion, kind: reference.kind)
        if let resource = resourceOfKind[kind] {
            if Adoption.adopts(owner: resource, dependent: key.groupResource), facts.controllers.contains(uid) {
                return .adopted
            }
            let owner = StoredObjectKey(
                group: resource.group,
                resource: resource.resource,
                namespace: selection.isNamespaced(resource) ? key.namespace : "",
                name: reference.name
            )
            let mayCome = selection.includes(owner) && RestoreRule.nonRestorableResources[resource.description] == nil
            if mayCome, !state.withLock({ $0.finished.contains(resource) }) { return .pending(resource) }
        }
        guard let found = try await lookUp(uid, reference, of: key) else { return .missing }
        return .owner(reference.with(uid: found))
    }

    /// The uid of the owner of that kind and name in the cluster.
    private func lookUp(_ uid: ObjectUID, _ reference: OwnerReference, of key: StoredObjectKey) async throws -> String?
    {
        if let known = state.withLock({ $0.lookedUp[uid] }) { return known }
        var found: String?
        if let resource = served.resource(apiVersion: reference.apiVersion, kind: reference.kind) {
            let namespace = resource.isNamespaced ? mapping(key.namespace) : nil
            let name = resource.gvr.groupResource == "namespaces" ? mapping(reference.name) : reference.name
            do {
                let answer = try await target.get(resource, ObjectName(namespace: namespace, name: name))
                found = try KubernetesObject(parsing: answer).uid
            } catch let error as KubeAPIError where error.code == .notFound {
                found = nil
            }
        }
        state.withLock { $0.lookedUp[uid] = .some(found) }
        return found
    }
}

extension OwnerReference {
    fileprivate func with(uid: String) -> OwnerReference {
        var reference = self
        reference.uid = uid
        return reference
    }
}
