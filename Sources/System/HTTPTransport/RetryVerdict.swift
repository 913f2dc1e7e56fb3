/// What one try of an operation came to.
package enum RetryVerdict<Value: Sendable>: Sendable {
    /// The result, good or bad: no further try.
    case done(Value)
    /// Another try may go better.
    ///
    /// - Parameters:
    ///   - reason: What happened, for ``RetryNotice/reason``.
    ///   - after: The wait that the server asked for.
    ///   - otherwise: The result if no further try is left.
    case again(reason: String, after: Duration? = nil, otherwise: Result<Value, any Error>)
}
