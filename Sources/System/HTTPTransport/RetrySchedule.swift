/// How far the tries of one operation have come.
struct RetrySchedule {
    private let policy: RetryPolicy
    private let context: RetryContext
    private let elapsed: () -> Duration
    /// The number of the current try.
    private(set) var attempt = 1

    init(_ policy: RetryPolicy, _ context: RetryContext) {
        self.policy = policy
        self.context = context
        elapsed = Self.stopwatch(context.clock)
    }

    /// The wait before the next try; `nil` when the budget allows none.
    ///
    /// - Parameter after: The wait that the server asked for. It is kept to as far as ``RetryPolicy/maximumDelay``
    ///   allows, with a little on top so that clients that were sent away together do not return together.
    func nextDelay(after: Duration?) -> Duration? {
        guard attempt < policy.maximumAttempts else { return nil }
        let chance = min(max(context.random(), 0), 1)
        let delay: Duration
        if let after {
            delay = min(max(after, .zero), policy.maximumDelay) + policy.firstDelay * chance
        } else {
            // Full jitter: anything from nothing to the bound, which doubles with every try.
            let doublings = min(attempt - 1, 30)
            delay = min(policy.firstDelay * (1 << doublings), policy.maximumDelay) * chance
        }
        return elapsed() + delay <= policy.totalBudget ? delay : nil
    }

    /// Waits before the next try, after the listener was told.
    mutating func wait(_ delay: Duration, reason: String) async throws {
        context.onRetry?(RetryNotice(attempt: attempt, delay: delay, reason: reason))
        attempt += 1
        try await context.clock.sleep(for: delay)
    }

    private static func stopwatch<C: Clock<Duration>>(_ clock: C) -> () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
