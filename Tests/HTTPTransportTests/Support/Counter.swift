import Synchronization

/// Counts what happens on several threads.
final class Counter: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .acquiring) }

    func increment(by amount: Int = 1) { value.add(amount, ordering: .acquiringAndReleasing) }
}
