/// What retrying depends on besides the policy: time and chance, and who wants to know.
package struct RetryContext: Sendable {
    /// Measures the budget and waits between tries.
    package var clock: any Clock<Duration>
    /// A number between 0 and 1, for jitter.
    package var random: @Sendable () -> Double
    /// Told before every wait; for logs and metrics.
    package var onRetry: (@Sendable (RetryNotice) -> Void)?

    package init(
        clock: any Clock<Duration> = ContinuousClock(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        onRetry: (@Sendable (RetryNotice) -> Void)? = nil
    ) {
        self.clock = clock
        self.random = random
        self.onRetry = onRetry
    }
}

/// A try has not gone well, and another one follows.
package struct RetryNotice: Sendable, Hashable {
    /// The try that was made: 1 for the first.
    package let attempt: Int
    /// How long is waited before the next one.
    package let delay: Duration
    /// What happened, as a sentence or as "status 503"; holds no secrets.
    package let reason: String

    package init(attempt: Int, delay: Duration, reason: String) {
        self.attempt = attempt
        self.delay = delay
        self.reason = reason
    }
}
