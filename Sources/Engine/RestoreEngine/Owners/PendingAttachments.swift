import KubernetesModel
import Synchronization

/// Restored objects that lack references to owners which did not exist yet.
final class PendingAttachments: Sendable {
    private struct State {
        /// By the resource of an owner, then by that of the objects.
        var waiting: [GroupResource: [GroupResource: Set<StoredObjectKey>]] = [:]
    }

    private let state = Mutex(State())

    var isEmpty: Bool { state.withLock(\.waiting.isEmpty) }

    func add(_ key: StoredObjectKey, waitingFor owners: Set<GroupResource>) {
        state.withLock { state in
            for owner in owners { state.waiting[owner, default: [:]][key.groupResource, default: []].insert(key) }
        }
    }

    /// Takes the objects that wait for owners of these resources, or of any.
    func take(waitingFor owners: [GroupResource]?) -> [GroupResource: Set<StoredObjectKey>] {
        state.withLock { state in
            var taken: [GroupResource: Set<StoredObjectKey>] = [:]
            for owner in owners ?? Array(state.waiting.keys) {
                taken.merge(state.waiting.removeValue(forKey: owner) ?? [:]) { $0.union($1) }
            }
            return taken
        }
    }
}
