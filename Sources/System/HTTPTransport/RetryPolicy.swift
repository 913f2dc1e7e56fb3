/// When and how often a request is sent again: exponential back-off with full jitter, `Retry-After` honoured, within a
/// budget of tries and time per operation.
package struct RetryPolicy: Sendable, Hashable {
    /// The most tries, the first one included.
    package var maximumAttempts = 6
    /// The longest wait before the second try; it doubles with every further one, and waits are random below it.
    package var firstDelay: Duration = .milliseconds(200)
    /// The longest wait, also when a server asks for a longer one.
    package var maximumDelay: Duration = .seconds(20)
    /// No try starts later than this after the first.
    package var totalBudget: Duration = .seconds(120)
    /// Statuses that say "later": the request was not applied, or may be repeated.
    package var retriedStatuses: Set<Int> = [408, 425, 429, 500, 502, 503, 504]

    package init() {}

    /// One try, nothing repeated.
    package static var none: RetryPolicy {
        var policy = RetryPolicy()
        policy.maximumAttempts = 1
        return policy
    }

    /// Repeats `attempt` until it is done or the budget is used up.
    ///
    /// An ``HTTPTransportError`` that `attempt` throws leads to another try if it is transient and, for an operation
    /// that is not idempotent, the server certainly did not act on the request. Every other error is passed on at once.
    ///
    /// - Parameters:
    ///   - isIdempotent: Whether doing the operation twice does the same as doing it once.
    ///   - context: Clock, jitter and listener.
    ///   - attempt: One try; gets its number, 1 for the first.
    /// - Throws: The error of the last try, or `CancellationError`.
    package func run<Value: Sendable>(
        isIdempotent: Bool,
        context: RetryContext = RetryContext(),
        _ attempt: (Int) async throws -> RetryVerdict<Value>
    ) async throws -> Value {
        var schedule = RetrySchedule(self, context)
        while true {
            let reason: String
            let delay: Duration
            do {
                switch try await attempt(schedule.attempt) {
                case .done(let value): return value
                case .again(let why, let after, let otherwise):
                    guard let wait = schedule.nextDelay(after: after) else { return try otherwise.get() }
                    (reason, delay) = (why, wait)
                }
            } catch let error as HTTPTransportError where error.permitsRetry(isIdempotent: isIdempotent) {
                guard let wait = schedule.nextDelay(after: nil) else { throw error }
                (reason, delay) = (error.message, wait)
            }
            try await schedule.wait(delay, reason: reason)
        }
    }

    /// Whether a response with `status` leads to another try.
    ///
    /// A request that is not idempotent is repeated only after the statuses that servers send before they act on it:
    /// 429, and 503 with `Retry-After`, as the API server's priority and fairness promises.
    package func retries(status: Int, hasRetryAfter: Bool, isIdempotent: Bool) -> Bool {
        guard retriedStatuses.contains(status) else { return false }
        return isIdempotent || status == 429 || (status == 503 && hasRetryAfter)
    }
}

extension HTTPTransportError {
    /// Whether a request that failed so may be sent again.
    package func permitsRetry(isIdempotent: Bool) -> Bool {
        isTransient && (isIdempotent || isProvablyUnapplied)
    }
}
