import HTTPTypes
import Synchronization

extension HTTPClient {
    /// Sends `request` as often as `policy` allows, and hands the first response that is not to be retried to `body`,
    /// or the last one.
    ///
    /// Connections that fail and statuses that say "later" are retried before `body` sees anything; once `body` has
    /// been called, nothing is. A streamed request body is not begun twice: after its first byte was pulled, the
    /// request is not sent again.
    ///
    /// - Parameters:
    ///   - isIdempotent: Whether applying the request twice does the same as applying it once. If not, it is repeated
    ///     only when the server certainly did not act on it.
    ///   - context: Clock, jitter and listener.
    /// - Throws: As ``send(_:_:)``; the error of the last try.
    package func send<Value: Sendable>(
        _ request: HTTPClientRequest,
        retrying policy: RetryPolicy,
        isIdempotent: Bool,
        context: RetryContext = RetryContext(),
        _ body: (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        try await send(request, policy, isIdempotent, context, repeatsBody: false, body)
    }

    /// Sends `request` as often as `policy` allows, and reads the whole response.
    ///
    /// Unlike ``send(_:retrying:isIdempotent:context:_:)``, this also repeats an idempotent request whose response
    /// broke off on the way.
    ///
    /// - Parameter limit: The most bytes of body to accept; see ``collect(_:limit:)``.
    package func collect(
        _ request: HTTPClientRequest,
        limit: Int,
        retrying policy: RetryPolicy,
        isIdempotent: Bool,
        context: RetryContext = RetryContext()
    ) async throws -> HTTPCollectedResponse {
        try await send(request, policy, isIdempotent, context, repeatsBody: true) { response in
            try await response.collect(limit: limit)
        }
    }

    private enum Step<Value: Sendable>: Sendable {
        case done(Value)
        case again(Duration, reason: String)
    }

    private func send<Value: Sendable>(
        _ request: HTTPClientRequest,
        _ policy: RetryPolicy,
        _ isIdempotent: Bool,
        _ context: RetryContext,
        repeatsBody: Bool,
        _ body: (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        var schedule = RetrySchedule(policy, context)
        let streamWatch = StreamWatch()
        let request = request.watched(by: streamWatch)
        while true {
            var isDelivered = false
            let delay: Duration
            let reason: String
            do {
                let step: Step<Value> = try await send(request) { response in
                    let after = RetryAfter.wait(in: response.fields)
                    let isRetried = policy.retries(
                        status: response.status,
                        hasRetryAfter: after != nil,
                        isIdempotent: isIdempotent
                    )
                    if isRetried, !streamWatch.hasBegun, let delay = schedule.nextDelay(after: after) {
                        return .again(delay, reason: "status \(response.status)")
                    }
                    isDelivered = true
                    return .done(try await body(response))
                }
                switch step {
                case .done(let value): return value
                case .again(let wait, let why): (delay, reason) = (wait, why)
                }
            } catch let error as HTTPTransportError
                where (repeatsBody || !isDelivered) && !streamWatch.hasBegun
                && error.permitsRetry(isIdempotent: isIdempotent)
            {
                guard let wait = schedule.nextDelay(after: nil) else { throw error }
                (delay, reason) = (wait, error.message)
            }
            try await schedule.wait(delay, reason: reason)
        }
    }
}

/// Remembers whether a streamed request body was begun.
private final class StreamWatch: Sendable {
    private let begun = Atomic(false)

    var hasBegun: Bool { begun.load(ordering: .acquiring) }

    func begin() { begun.store(true, ordering: .releasing) }
}

extension HTTPClientRequest {
    fileprivate func watched(by watch: StreamWatch) -> HTTPClientRequest {
        guard case .stream(let length, let next) = body else { return self }
        var request = self
        request.body = .stream(length: length) {
            watch.begin()
            return try await next()
        }
        return request
    }
}
