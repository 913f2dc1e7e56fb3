/// When and how often a request is sent again: exponential back-off with full jitter, `Retry-After` honoured, within a
/// budget of tries and time per operation.
package struct RetryPolicy: Sendable, Hashable {
    package var maximumAttempts = 6
    package var firstDelay: Duration = .milliseconds(200)
    package var maximumDelay: Duration = .seconds(20)
    /// No try starts later than this after the first.
    package var totalBudget: Duration = .seconds(120)
    /// Statuses that say "later": the request was not applied, or may be repeated.
    package var retriedStatuses: Set<Int> = [408, 425, 429, 500, 502, 503, 504]

    package init() {}
}
