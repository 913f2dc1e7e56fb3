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
        case missing(Absence)
    }

    /// Why there is no owner.
    enum Absence: Sendable, Hashable {
        case unknown
        case notRestored
        case beingDeleted
    }

    private enum Live: Sendable {
        case uid(String)
        case beingDeleted
        case nowhere
    }

    private struct State {
        var uids: [ObjectUID: String] = [:]
        /// Owners that were looked up in the cluster.
        var lookedUp: [ObjectUID: Live] = [:]
        /// Resources of which objects are still to be restored for the first time.
        var coming: Set<GroupResource>
    }

    private let target: any RestoreTarget
    private let selection: RestoreSelection
    private let facts: RestoreFacts
    private let mapping: NamespaceMapping
    private let resourceOfKind: [GroupKind: GroupResource]
    private let served: ServedResources
    private let postponed: PostponedObjects
    private let state: Mutex<State>

    /// - Parameter postponed: Owners among them are still to come.
    init(
        target: any RestoreTarget,
        plan: RestorePlan,
        mapping: NamespaceMapping,
        resources: [BackedUpResource],
        served: ServedResources,
        postponed: PostponedObjects
    ) {
        self.target = target
        selection = plan.selection
        facts = plan.facts
        self.mapping = mapping
        resourceOfKind = GroupKind.resources(of: resources)
        self.served = served
        self.postponed = postponed
        state = Mutex(State(coming: Set(plan.order.waves.joined())))
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

    /// Says that no further owners come from these resources, but those that were postponed.
    func finish(_ resources: [GroupResource]) { state.withLock { $0.coming.subtract(resources) } }

    /// - Parameter key: Of the object that has the reference.
    func resolve(_ reference: OwnerReference, of key: StoredObjectKey) async throws -> Resolution {
        let uid = ObjectUID(reference.uid)
        if let new = state.withLock({ $0.uids[uid] }) { return .owner(reference.with(uid: new)) }
        var absence = Absence.unknown
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
            if selection.includes(owner) {
                // What the cluster has under its name now may be what the owner waits for to go.
                if postponed.contains(owner) || state.withLock({ $0.coming.contains(resource) }) {
                    return .pending(resource)
                }
                absence = .notRestored
            }
        }
        switch try await lookUp(uid, reference, of: key) {
        case .uid(let found): return .owner(reference.with(uid: found))
        case .beingDeleted: return .missing(.beingDeleted)
        case .nowhere: return .missing(absence)
        }
    }

    /// The owner of that kind and name in the cluster.
    private func lookUp(_ uid: ObjectUID, _ reference: OwnerReference, of key: StoredObjectKey) async throws -> Live {
        if let known = state.withLock({ $0.lookedUp[uid] }) { return known }
        var found = Live.nowhere
        if let resource = served.resource(apiVersion: reference.apiVersion, kind: reference.kind) {
            let namespace = resource.isNamespaced ? mapping(key.namespace) : nil
            let name = resource.gvr.groupResource == "namespaces" ? mapping(reference.name) : reference.name
            do {
                let answer = try await target.get(resource, ObjectName(namespace: namespace, name: name))
                let live = try KubernetesObject(parsing: answer)
                // With a reference to an owner on its way out, the garbage collector would delete the object, too.
                found = live.deletionTimestamp == nil ? live.uid.map(Live.uid) ?? .nowhere : .beingDeleted
            } catch let error as KubeAPIError where error.code == .notFound {
                found = .nowhere
            }
        }
        state.withLock { $0.lookedUp[uid] = found }
        return found
    }
}

extension OwnerResolver.Absence {
    /// For the report of the object that has the reference.
    func remark(on reference: OwnerReference) -> String {
        let why =
            switch self {
            case .unknown: "is neither in this restore nor in the cluster"
            case .notRestored: "was not restored and is not in the cluster"
            case .beingDeleted: "is being deleted in the cluster"
            }
        return "Its owner, \(reference.kind) '\(reference.name)', \(why): it was restored without the reference."
    }
}

extension OwnerReference {
    fileprivate func with(uid: String) -> OwnerReference {
        var reference = self
        reference.uid = uid
        return reference
    }
}
