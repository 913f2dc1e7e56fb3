import Synchronization

/// How many requests are in flight at once: fewer when the server is overloaded, then slowly more again.
///
/// Additive increase, multiplicative decrease, as TCP does.
final class AdaptiveLimit: Sendable {
    private struct State {
        var limit: Double
        var inFlight = 0
        var lastID = 0
        var waiting: [(id: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var cancelled: Set<Int> = []
    }

    private let maximum: Int
    private let state: Mutex<State>

    init(maximum: Int) {
        precondition(maximum >= 1, "at least one request must be possible at a time")
        self.maximum = maximum
        state = Mutex(State(limit: Double(maximum)))
    }

    var current: Int { state.withLock { Int($0.limit) } }

    /// Runs `request` when there is room for it.
    ///
    /// - Parameter isOverload: Whether an error says that the server has too much to do.
    func run<Value>(
        isOverload: (any Error) -> Bool,
        _ request: () async throws -> Value
    ) async throws -> Value {
        try await acquire()
        do {
            let value = try await request()
            release { $0.limit = min($0.limit + 1 / $0.limit, Double(self.maximum)) }
            return value
        } catch {
            let isOverload = isOverload(error)
            release { if isOverload { $0.limit = max($0.limit / 2, 1) } }
            throw error
        }
    }

    private func acquire() async throws {
        while true {
            try Task.checkCancellation()
            let acquired = state.withLock { state in
                guard state.inFlight < Int(state.limit) else { return false }
                state.inFlight += 1
                return true
            }
            if acquired { return }
            await waitForRoom()
        }
    }

    private func waitForRoom() async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.cancelled.remove(id) == nil, state.inFlight >= Int(state.limit) else { return false }
                    state.waiting.append((id, continuation))
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiting.remove(at: index).continuation
            }
            continuation?.resume()
        }
        state.withLock { _ = $0.cancelled.remove(id) }
    }

    private func release(_ change: (inout State) -> Void) {
        let woken = state.withLock { state in
            state.inFlight -= 1
            change(&state)
            let room = max(Int(state.limit) - state.inFlight, 0)
            let woken = state.waiting.prefix(room).map(\.continuation)
            state.waiting.removeFirst(woken.count)
            return woken
        }
        for continuation in woken { continuation.resume() }
    }
}
