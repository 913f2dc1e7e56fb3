import HTTPTransport

/// Decides whether and when a failed call is sent again.
struct Backoff {
    private let policy: RetryPolicy
    private let start = ContinuousClock.now
    private var attempts = 0

    init(_ policy: RetryPolicy) { self.policy = policy }

    /// - Returns: How long to wait; `nil` when the call is not to be sent again.
    mutating func delay(after error: KubeAPIError, isIdempotent: Bool) -> Duration? {
        guard let status = error.status else {
            // Not refused, but cut short or garbled on the way.
            return isIdempotent && error.isTransient ? next(retryAfter: nil) : nil
        }
        let retryAfter = status.retryAfterInSeconds.map { Duration.seconds(max($0, 0)) }
        // A server that says when to come back has turned the request away before doing anything with it.
        let isTurnedAway = status.httpStatus == 429 || (status.httpStatus == 503 && retryAfter != nil)
        guard isTurnedAway || (isIdempotent && policy.retriedStatuses.contains(status.httpStatus)) else { return nil }
        return next(retryAfter: retryAfter)
    }

    /// - Returns: How long to wait; `nil` when the call is not to be sent again.
    mutating func delay(after error: HTTPTransportError, isIdempotent: Bool) -> Duration? {
        guard error.isTransient, isIdempotent || error.isProvablyUnapplied else { return nil }
        return next(retryAfter: nil)
    }

    private mutating func next(retryAfter: Duration?) -> Duration? {
        attempts += 1
        guard attempts < policy.maximumAttempts else { return nil }
        let ceiling = min(policy.firstDelay * (1 << min(attempts - 1, 20)), policy.maximumDelay)
        // Full jitter, so that many clients do not come back together.
        let delay = max(ceiling * Double.random(in: 0...1), retryAfter ?? .zero)
        guard ContinuousClock.now + delay <= start + policy.totalBudget else { return nil }
        return delay
    }
}
