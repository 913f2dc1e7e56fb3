import KubernetesModel
import Synchronization

/// Custom kinds of which no object can be created now, because their definitions are being deleted or are not served yet.
///
/// Keeps a restore from asking again for each of their objects.
final class KindGate: Sendable {
    private let closed = Mutex<[GroupResource: Postponement]>([:])

    /// Why objects of a kind have to wait; `nil` when they need not.
    func postponement(of kind: GroupResource) -> Postponement? { closed.withLock { $0[kind] } }

    func isClosed(_ kind: GroupResource) -> Bool { postponement(of: kind) != nil }

    func close(_ kind: GroupResource, _ postponement: Postponement) {
        closed.withLock { $0[kind] = postponement }
    }

    func open(_ kind: GroupResource) { closed.withLock { _ = $0.removeValue(forKey: kind) } }

    var closedKinds: [GroupResource] { closed.withLock { $0.keys.sorted() } }
}
