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
    /// A task that is cancelled while `work` waits for a thread goes on at once; `work` that has begun is waited for.
    ///
    /// - Throws: What `work` throws, or `CancellationError` when the task is cancelled before `work` begins.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let job = BlockingJob(work)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if job.wait(continuation) { submit { job.run() } }
            }
        } onCancel: {
            job.cancel()
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

/// A call that waits for a thread, and the task that waits for the call.
private final class BlockingJob<Value: Sendable>: Sendable {
    private enum State {
        case new(@Sendable () throws -> Value)
        case waiting(@Sendable () throws -> Value, CheckedContinuation<Value, any Error>)
        /// Its task goes on, or will when the call returns.
        case over
    }

    private let state: Mutex<State>

    init(_ work: @escaping @Sendable () throws -> Value) { state = Mutex(.new(work)) }

    /// - Returns: Whether the call is still wanted; if not, the task goes on.
    func wait(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
        let isWanted = state.withLock { state in
            guard case .new(let work) = state else { return false }
            state = .waiting(work, continuation)
            return true
        }
        if !isWanted { continuation.resume(throwing: CancellationError()) }
        return isWanted
    }

    func run() {
        guard case .waiting(let work, let continuation) = take() else { return }
        continuation.resume(with: Result { try work() })
    }

    func cancel() {
        if case .waiting(_, let continuation) = take() { continuation.resume(throwing: CancellationError()) }
    }

    private func take() -> State {
        state.withLock { state in
            let last = state
            state = .over
            return last
        }
    }
}
