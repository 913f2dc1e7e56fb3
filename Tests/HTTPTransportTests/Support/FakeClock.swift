import Synchronization

/// A clock that jumps to the end of every sleep, and remembers the sleeps.
final class FakeClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleeps: [Duration] = []
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock(\.now) }
    let minimumResolution: Duration = .nanoseconds(1)
    var sleeps: [Duration] { state.withLock(\.sleeps) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        advance(by: now.duration(to: deadline), isSleep: true)
    }

    /// Lets time pass outside of sleeps.
    func advance(by duration: Duration, isSleep: Bool = false) {
        state.withLock { state in
            state.now = state.now.advanced(by: duration)
            if isSleep { state.sleeps.append(duration) }
        }
    }
}
