import Dispatch
import Synchronization

/// Runs calls that block, such as `fsync`, on threads of their own, so many at once and no more.
///
/// Swift's own pool has one thread per core; blocked there, a disk's slow moment would stop the whole program.
package final class BlockingPool: Sendable {
    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
        /// Where in `waiting` the next one is; what lies before is done.
        var next = 0

        mutating func takeNext() -> (@Sendable () -> Void)? {
            guard next < waiting.count else {
                waiting.removeAll(keepingCapacity: true)
                next = 0
                return nil
            }
            defer { next += 1 }
            return waiting[next]
        }
    }

    private let width: Int
    private let queue: DispatchQueue
    private let state = Mutex(State())

    /// - Parameter width: The most calls that run at once.
    package init(label: String, width: Int) {
        precondition(width >= 1, "a pool needs at least one thread")
        self.width = width
        queue = DispatchQueue(label: label, attributes: .concurrent)
    }

    /// Runs `work` on a thread that may block.
    ///
    /// - Throws: What `work` throws, or `CancellationError` when the task is cancelled before `work` begins.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let isCancelled = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit {
                    continuation.resume(
                        with: Result {
                            if isCancelled.isSet { throw CancellationError() }
                            return try work()
                        }
                    )
                }
            }
        } onCancel: {
            isCancelled.set()
        }
    }

    private func submit(_ job: @escaping @Sendable () -> Void) {
        let starts = state.withLock { state in
            guard state.running < width else {
                state.waiting.append(job)
                return false
            }
            state.running += 1
            return true
        }
        guard starts else { return }
        queue.async {
            var job: (@Sendable () -> Void)? = job
            while let current = job {
                current()
                job = self.state.withLock { state in
                    let next = state.takeNext()
                    if next == nil { state.running -= 1 }
                    return next
                }
            }
        }
    }
}

/// Carries the news of a cancelled task to a thread.
private final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}
