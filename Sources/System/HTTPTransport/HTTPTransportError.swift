/// Why there was no (complete) response.
///
/// The message names method and URL (never its query, which may be signed, nor any header).
package struct HTTPTransportError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The URL or a setting cannot be used.
        case invalidRequest
        /// The host's name did not resolve.
        case nameNotResolved
        /// No connection could be made.
        case connectFailed
        /// The server's certificate was not accepted, or TLS failed.
        case tlsFailed
        /// The server did not accept our certificate, or misses one.
        case clientCertificateRefused
        /// A deadline passed.
        case timedOut
        /// The connection broke before the response was complete.
        case connectionLost
        /// The response is not HTTP, or broke its framing.
        case protocolError
        /// The body is longer than the caller accepts.
        case responseTooLarge
        /// Providing the request's body failed.
        case requestBodyFailed
    }

    package let code: Code
    package let message: String
    /// Whether the server certainly did not act on the request, so that even one that is not idempotent may be
    /// repeated.
    package let isProvablyUnapplied: Bool

    /// What made providing the request's body fail; `nil` with every other code.
    package let cause: (any Error)?

    package init(
        _ code: Code,
        _ message: String,
        isProvablyUnapplied: Bool = false,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.isProvablyUnapplied = isProvablyUnapplied
        self.cause = cause
    }

    /// Whether a later try may go well.
    package var isTransient: Bool {
        switch code {
        case .nameNotResolved, .connectFailed, .timedOut, .connectionLost: true
        case .invalidRequest, .tlsFailed, .clientCertificateRefused, .protocolError, .responseTooLarge,
            .requestBodyFailed:
            false
        }
    }

    package var description: String { message }
}
