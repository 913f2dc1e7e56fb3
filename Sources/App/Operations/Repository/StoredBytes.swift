import Synchronization

/// What was done before the backup that is being copied.
final class StoredBytes: Sendable {
    private let state = Mutex((done: 0, bytes: 0))

    /// Backups.
    var done: Int { state.withLock { $0.done } }
    /// Bytes stored for them.
    var before: Int { state.withLock { $0.bytes } }

    func add(_ bytes: Int) { state.withLock { $0 = ($0.done + 1, $0.bytes + bytes) } }
}
