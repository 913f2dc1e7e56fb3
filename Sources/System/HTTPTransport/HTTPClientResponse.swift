package import HTTPTypes

/// The head of a response, and its body still to be read.
package struct HTTPClientResponse: Sendable {
    package let status: Int
    package let fields: HTTPFields
    package let body: HTTPResponseBody

    /// Reads the rest of the body; see ``HTTPResponseBody/collect(limit:)``.
    package func collect(limit: Int) async throws -> HTTPCollectedResponse {
        HTTPCollectedResponse(status: status, fields: fields, body: try await body.collect(limit: limit))
    }
}

/// A response read to its end.
package struct HTTPCollectedResponse: Sendable {
    package let status: Int
    package let fields: HTTPFields
    package let body: [UInt8]

    package init(status: Int, fields: HTTPFields, body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}
