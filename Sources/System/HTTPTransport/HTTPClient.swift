/// Sends HTTP requests over libcurl.
///
/// All clients of a process share one event-loop thread and its connections; a client is only a set of settings and is
/// cheap to copy. Response bodies stream with back-pressure: the transfer pauses while its reader is busy.
package struct HTTPClient: Sendable {
    package var configuration: HTTPClientConfiguration

    /// Is told of every request that the current task and its children send, when it has ended.
    @TaskLocal package static var observer: (@Sendable (HTTPRequestReport) -> Void)?

    package init(configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        self.configuration = configuration
    }

    /// Sends `request` once and hands the response to `body`, as soon as its head is there.
    ///
    /// The transfer ends when `body` returns or throws, read to its end or not; cancelling the task ends it at once.
    /// Every status is a response, not an error; redirects are not followed. Nothing is retried here: see
    /// ``RetryPolicy``.
    ///
    /// - Throws: ``HTTPTransportError``, what `body` throws, or `CancellationError`.
    package func send<Result: Sendable>(
        _ request: HTTPClientRequest,
        _ body: (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        guard let observer = Self.observer else { return try await CurlTransfer.run(request, configuration, body) }
        let start = ContinuousClock.now
        var status: Int?
        func report(_ error: (any Error)?) {
            let duration = start.duration(to: .now)
            observer(HTTPRequestReport(request, status: status, error: error, duration: duration))
        }
        do {
            let result = try await CurlTransfer.run(request, configuration) { response in
                status = response.status
                return try await body(response)
            }
            report(nil)
            return result
        } catch {
            report(error)
            throw error
        }
    }

    /// Sends `request` once and reads the whole response.
    ///
    /// - Parameter limit: The most bytes of body to accept; a longer one throws
    ///   ``HTTPTransportError/Code/responseTooLarge``.
    package func collect(_ request: HTTPClientRequest, limit: Int) async throws -> HTTPCollectedResponse {
        try await send(request) { response in try await response.collect(limit: limit) }
    }
}
