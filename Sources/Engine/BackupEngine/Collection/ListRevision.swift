import Synchronization

/// The resource version that all lists of a backup are of.
///
/// An etcd has one revision for all of its keys, so lists of several resources at one resource version show the cluster
/// at one point in time. The revision is lost when etcd compacts it away (after five minutes, by default).
final class ListRevision: Sendable {
    private struct State {
        var current: String?
        var refreshes = 0
    }

    private let state: Mutex<State>

    init(_ first: String?) { state = Mutex(State(current: first)) }

    /// The revision to list at; `nil` when the server cannot.
    var current: String? { state.withLock { $0.current } }

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
}
