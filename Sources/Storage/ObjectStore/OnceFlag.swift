import Synchronization

/// Lets one caller of many do something.
final class OnceFlag: Sendable {
    private let isTaken = Atomic(false)

    /// - Returns: Whether this is the first call.
    func take() -> Bool { !isTaken.exchange(true, ordering: .relaxed) }
}
