import KubernetesModel
import Synchronization

/// The resource version that all lists of a backup are of.
///
/// An etcd has one revision for all of its keys, so lists of several resources at one resource version show the cluster
/// at one point in time. The revision is lost when etcd compacts it away (after five minutes, by default). Resources that
/// are kept elsewhere, as those of aggregated APIs may be, have revisions of their own: they are listed as they are at the
/// moment.
final class ListRevision: Sendable {
    private struct State {
        var current: String?
        var refreshes = 0
        var problem: String?
        var apart: Set<GroupResource>
    }

    /// The revision of the backup: the one that everything is to be of; `nil` when the server cannot list at one.
    let first: String?
    private let state: Mutex<State>

    /// - Parameter apart: The resources that are kept elsewhere.
    init(_ first: String?, apart: Set<GroupResource> = []) {
        self.first = first
        state = Mutex(State(current: first, apart: apart))
    }

    /// The revision to list at; `nil` when the server cannot.
    var current: String? { state.withLock { $0.current } }

    /// The revision to list a resource at; `nil` for the moment's.
    func revision(for resource: GroupResource) -> String? {
        state.withLock { $0.apart.contains(resource) ? nil : $0.current }
    }

    func isApart(_ resource: GroupResource) -> Bool { state.withLock { $0.apart.contains(resource) } }

    /// How often a new revision was needed.
    var refreshes: Int { state.withLock { $0.refreshes } }

    /// Sets a new revision for what is still to be listed, unless another task has done it already.
    func replace(_ expired: String?, with new: String?) {
        state.withLock { state in
            guard state.current == expired else { return }
            state.current = new
            state.refreshes += 1
        }
    }

    /// Why no new revision could be read when one was needed: what was left then was listed without one.
    var problem: String? { state.withLock { $0.problem } }

    /// Goes on without a revision.
    func giveUp(_ expired: String?, because problem: String) {
        state.withLock { state in
            guard state.current == expired else { return }
            state.current = nil
            state.refreshes += 1
            state.problem = problem
        }
    }

    /// Notes that a resource is kept elsewhere.
    func setApart(_ resource: GroupResource) { state.withLock { _ = $0.apart.insert(resource) } }
}
