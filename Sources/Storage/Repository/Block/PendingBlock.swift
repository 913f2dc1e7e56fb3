import Synchronization

/// A block that is on its way into a pack: its location is known only once it has been compressed and placed.
final class PendingBlock: Sendable {
    private enum State {
        case waiting([CheckedContinuation<BlockLocation, any Error>])
        case placed(BlockLocation)
        case failed(any Error)
    }

    private let state = Mutex(State.waiting([]))

    /// Waits until the block has its place.
    func location() async throws -> BlockLocation {
        try await withCheckedThrowingContinuation { continuation in
            let outcome: Result<BlockLocation, any Error>? = state.withLock { state in
                switch state {
                case .placed(let location): return .success(location)
                case .failed(let error): return .failure(error)
                case .waiting(let others):
                    state = .waiting(others + [continuation])
                    return nil
                }
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }

    func resolve(_ result: Result<BlockLocation, any Error>) {
        let waiting = state.withLock { state -> [CheckedContinuation<BlockLocation, any Error>] in
            guard case .waiting(let continuations) = state else { return [] }
            switch result {
            case .success(let location): state = .placed(location)
            case .failure(let error): state = .failed(error)
            }
            return continuations
        }
        for continuation in waiting { continuation.resume(with: result) }
    }
}
