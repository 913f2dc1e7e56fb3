import Synchronization

/// A queue of bounded length between tasks: a sender waits while it is full, a receiver while it is empty.
///
/// Any number of tasks may send and receive. Once it is finished, receivers get what is left and then `nil`; once it has
/// failed, everybody gets the error at once.
package final class BoundedChannel<Element: Sendable>: Sendable {
    private struct State {
        var buffer: [Element] = []
        var end: Result<Void, any Error>?
        var senders: [(id: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var receivers: [(id: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var lastID = 0
        var cancelled: Set<Int> = []
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: The most elements that wait at once. Must be at least 1.
    package init(capacity: Int) {
        precondition(capacity >= 1, "a channel needs room for at least one element")
        self.capacity = capacity
    }

    /// Adds `element` at the end, when there is room.
    ///
    /// - Throws: The error that the channel failed with, or `CancellationError`.
    package func send(_ element: Element) async throws {
        while true {
            try Task.checkCancellation()
            let sent = try state.withLock { state in
                switch state.end {
                case .failure(let error): throw error
                case .success: throw ChannelFinishedError()
                case nil: break
                }
                guard state.buffer.count < capacity else { return false }
                state.buffer.append(element)
                Self.wakeOne(&state.receivers)
                return true
            }
            if sent { return }
            await wait(in: \.senders) { $0.buffer.count >= self.capacity && $0.end == nil }
        }
    }

    /// Takes the first element, when there is one; `nil` once the channel is finished and empty.
    ///
    /// - Throws: The error that the channel failed with, or `CancellationError`.
    package func receive() async throws -> Element? {
        while true {
            try Task.checkCancellation()
            let outcome: Element?? = try state.withLock { state in
                if case .failure(let error) = state.end { throw error }
                if !state.buffer.isEmpty {
                    let element = state.buffer.removeFirst()
                    Self.wakeOne(&state.senders)
                    return .some(element)
                }
                return state.end == nil ? nil : .some(nil)
            }
            if let outcome { return outcome }
            await wait(in: \.receivers) { $0.buffer.isEmpty && $0.end == nil }
        }
    }

    /// Says that nothing more will be sent.
    package func finish() { end(with: .success(())) }

    /// Ends the channel with an error for senders and receivers alike.
    ///
    /// Only the first end counts.
    package func fail(_ error: any Error) { end(with: .failure(error)) }

    private func end(with result: Result<Void, any Error>) {
        let waiting = state.withLock { state in
            // A failure after a finish still counts: receivers must not take a cut-off queue for a whole one.
            if case .success = state.end, case .success = result { return [CheckedContinuation<Void, Never>]() }
            if case .failure = state.end { return [] }
            state.end = result
            if case .failure = result { state.buffer.removeAll() }
            let all = state.senders.map(\.continuation) + state.receivers.map(\.continuation)
            state.senders.removeAll()
            state.receivers.removeAll()
            return all
        }
        for continuation in waiting { continuation.resume() }
    }

    private typealias Waiters = WritableKeyPath<State, [(id: Int, continuation: CheckedContinuation<Void, Never>)]>

    private func wait(in list: sending Waiters, while blocked: (State) -> Bool) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        nonisolated(unsafe) let list = list
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.cancelled.remove(id) == nil, blocked(state) else { return false }
                    unsafe state[keyPath: list].append((id, continuation))
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
                if let index = unsafe state[keyPath: list].firstIndex(where: { $0.id == id }) {
                    return unsafe state[keyPath: list].remove(at: index).continuation
                }
                state.cancelled.insert(id)
                return nil
            }
            continuation?.resume()
        }
        _ = state.withLock { $0.cancelled.remove(id) }
    }

    private static func wakeOne(_ waiters: inout [(id: Int, continuation: CheckedContinuation<Void, Never>)]) {
        guard !waiters.isEmpty else { return }
        waiters.removeFirst().continuation.resume()
    }
}

/// Something was sent into a channel that had been finished.
struct ChannelFinishedError: Error {}
