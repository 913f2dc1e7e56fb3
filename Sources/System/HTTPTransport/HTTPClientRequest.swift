package import HTTPTypes

/// One HTTP request.
package struct HTTPClientRequest: Sendable {
    package var method: HTTPRequest.Method
    /// Absolute `http` or `https` URL, percent-encoded by the caller.
    ///
    /// It is sent exactly so: no `.`-segment or `//` in its path is normalised. Must not hold user information or a
    /// fragment.
    package var url: String
    /// Header fields, sent in this order.
    ///
    /// `Host`, `Content-Length` and `Transfer-Encoding` are set from the URL and the body unless given; a length that
    /// is not the body's is refused.
    package var fields: HTTPFields
    package var body: HTTPRequestBody
    /// Replaces the client's deadlines for this request.
    package var deadlines: HTTPDeadlines?

    package init(
        method: HTTPRequest.Method = .get,
        url: String,
        fields: HTTPFields = [:],
        body: HTTPRequestBody = .none,
        deadlines: HTTPDeadlines? = nil
    ) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        self.deadlines = deadlines
    }
}

/// The body of a request.
package enum HTTPRequestBody: Sendable {
    case none
    case bytes([UInt8])
    /// Chunks pulled on demand: `next` is called when the connection can take more, and returns `nil` at the end.
    /// `length` in bytes, when known; otherwise the body is sent with chunked transfer coding (or HTTP/2 framing).
    case stream(length: Int?, next: @Sendable () async throws -> [UInt8]?)
}

/// How long a request may take; `nil` sets no bound.
package struct HTTPDeadlines: Sendable, Hashable {
    /// Name resolution, TCP and TLS.
    package var connect: Duration? = .seconds(10)
    /// From the end of the request to the response's head.
    package var firstByte: Duration? = .seconds(60)
    /// The longest time without a byte while a body is on its way, not counting the time that the transfer waits for
    /// its caller to read, or to provide what is to be sent.
    package var stall: Duration? = .seconds(60)
    /// The whole exchange.
    package var total: Duration?

    package init() {}
}
