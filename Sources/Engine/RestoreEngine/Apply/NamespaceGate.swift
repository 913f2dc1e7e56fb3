import Synchronization

/// Namespaces of the cluster that take no objects now, because they are being deleted.
///
/// Keeps a restore from asking again for each of their objects.
final class NamespaceGate: Sendable {
    private let closed = Mutex<Set<String>>([])

    func isClosed(_ namespace: String?) -> Bool {
        closed.withLock { closed in namespace.map(closed.contains) ?? false }
    }

    func close(_ namespace: String) { closed.withLock { _ = $0.insert(namespace) } }

    func open(_ namespace: String) { closed.withLock { _ = $0.remove(namespace) } }

    var closedNamespaces: [String] { closed.withLock { $0.sorted() } }
}
