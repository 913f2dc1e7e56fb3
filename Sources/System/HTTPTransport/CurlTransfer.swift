/// One request and its response, from the side of the task that makes it.
enum CurlTransfer {
    /// Sends `request` and hands the response to `body`, as ``HTTPClient/send(_:_:)`` says.
    static func run<Result: Sendable>(
        _ request: HTTPClientRequest,
        _ configuration: HTTPClientConfiguration,
        _ body: (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        try Task.checkCancellation()
        let prepared = try PreparedRequest(request, configuration)
        let exchange = CurlEventLoop.shared.makeExchange(for: prepared)
        return try await withTaskCancellationHandler {
            try CurlEventLoop.shared.start(prepared, exchange)
            guard case .stream(let length, let next) = request.body else {
                return try await respond(exchange, prepared, body)
            }
            // Cancelled and awaited at the end of the scope: a server may answer before it has taken the whole body.
            async let _ = exchange.pump(next, length: length)
            return try await respond(exchange, prepared, body)
        } onCancel: {
            exchange.cancel()
        }
    }

    private static func respond<Result: Sendable>(
        _ exchange: HTTPExchange,
        _ request: PreparedRequest,
        _ body: (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        defer { exchange.release() }
        let head = try await exchange.head()
        return try await body(
            HTTPClientResponse(
                status: head.status,
                fields: head.fields,
                body: HTTPResponseBody(exchange: exchange, announcedLength: request.bodyLength(under: head))
            )
        )
    }
}
