import KubeAPI
import KubernetesModel
import Synchronization

/// What the cluster serves.
///
/// Grows while definitions are restored.
final class ServedResources: Sendable {
    /// How the objects of a resource of the backup can be created.
    enum Place: Sendable, Hashable {
        case sameVersion(APIResource)
        /// The version in which the objects are stored is not served, but another one of the group.
        case otherVersion(APIResource)
        case unserved(String)

        var resource: APIResource? {
            switch self {
            case .sameVersion(let resource), .otherVersion(let resource): resource
            case .unserved: nil
            }
        }
    }

    private struct State {
        var discovery: Discovery
        var places: [GroupResource: Place] = [:]
    }

    private let state: Mutex<State>

    init(_ discovery: Discovery) { state = Mutex(State(discovery: discovery)) }

    /// Takes over what was discovered anew.
    func update(_ discovery: Discovery) { state.withLock { $0 = State(discovery: discovery) } }

    func place(of resource: BackedUpResource) -> Place {
        state.withLock { state in
            if let place = state.places[resource.groupResource] { return place }
            let place = Self.place(of: resource, in: state.discovery)
            state.places[resource.groupResource] = place
            return place
        }
    }

    /// The resource of a kind: in the version that is named, or in the preferred one.
    func resource(apiVersion: String, kind: String) -> APIResource? {
        state.withLock { state in
            let group = GroupKind(apiVersion: apiVersion, kind: kind).group
            return state.discovery.resource(apiVersion: apiVersion, kind: kind)
                ?? state.discovery.resource(group: group, kind: kind)
        }
    }

    func resource(_ resource: GroupResource) -> APIResource? { state.withLock { $0.discovery.resource(resource) } }

    private static func place(of resource: BackedUpResource, in discovery: Discovery) -> Place {
        let stored = GroupVersionResource(group: resource.group, version: resource.version, resource: resource.resource)
        if let served = discovery.resource(stored) { return .sameVersion(served) }
        if let served = discovery.resource(resource.groupResource) { return .otherVersion(served) }
        if let failure = discovery.failures.first(where: { $0.group == resource.group }) {
            return .unserved("the cluster could not tell what it serves of \(failure.groupVersion): \(failure.message)")
        }
        return .unserved("the cluster serves no '\(resource.groupResource)' (it was stored as \(stored.apiVersion))")
    }
}
