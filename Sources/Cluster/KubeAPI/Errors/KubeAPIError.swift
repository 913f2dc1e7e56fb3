/// Why the Kubernetes API could not do what it was asked.
///
/// `code` is for programs; `message` names the object and the server, says what was wrong, and ends with what can be
/// done about it.
package struct KubeAPIError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// There is no such object, resource or path.
        case notFound
        case alreadyExists
        /// The object has changed, or a precondition does not hold.
        case conflict
        /// The user is known, but not allowed to do this.
        case forbidden
        /// The server does not accept the credentials.
        case unauthorized
        /// The object is refused: its content breaks a rule (422).
        case invalid
        /// The request makes no sense to the server (400 and other 4xx).
        case badRequest
        /// The resource cannot do this (405, 415).
        case notSupported
        /// The revision or continue token is too old (410).
        case expired
        case tooManyRequests
        /// The request, or the object, is too large (413).
        case tooLarge
        /// The server is there but cannot serve now (502, 503).
        case unavailable
        /// Something broke in the server, in etcd or in a webhook (500).
        case serverError
        /// The server, or we, gave up waiting. Nothing was changed.
        case timeout
        /// No connection to the server.
        case unreachable
        /// The server's certificate is not trusted, or TLS failed otherwise.
        case tlsFailed
        /// Something answers, but it is no Kubernetes API server.
        case notKubernetes
        /// The answer broke off after some of its items had been delivered; see ``deliveredItems``.
        case interrupted
        /// The request may have been done or not: its answer was lost. Look before asking again.
        case unknownOutcome
        /// The answer is not what the API promises.
        case malformedAnswer
        /// The kubeconfig or a setting cannot be used.
        case configuration
        /// There are no usable credentials: a file is missing, a certificate has expired, a credential plugin failed.
        case credentials
    }

    package let code: Code
    package let message: String
    /// What the server said, if it did.
    package let status: KubeStatus?
    /// With ``Code/interrupted``: how many items of the page had been delivered.
    package let deliveredItems: Int

    package init(_ code: Code, _ message: String, status: KubeStatus? = nil, deliveredItems: Int = 0) {
        self.code = code
        self.message = message
        self.status = status
        self.deliveredItems = deliveredItems
    }

    package var description: String { message }

    /// Whether the same request may succeed later.
    ///
    /// Says nothing on whether it may be sent twice.
    package var isTransient: Bool {
        switch code {
        case .tooManyRequests, .unavailable, .serverError, .timeout, .unreachable, .interrupted: true
        case .notFound, .alreadyExists, .conflict, .forbidden, .unauthorized, .invalid, .badRequest, .notSupported,
            .expired, .tooLarge, .tlsFailed, .notKubernetes, .unknownOutcome, .malformedAnswer, .configuration,
            .credentials:
            false
        }
    }

    /// Why the object was refused, field by field.
    package var causes: [KubeStatus.Cause] { status?.causes ?? [] }

    /// Whether the object was refused because its namespace is being deleted.
    package var isNamespaceTerminating: Bool { causes.contains { $0.reason == "NamespaceTerminating" } }

    /// With ``Code/expired``: a token with which the list goes on, as of a newer revision.
    package var freshContinueToken: String? { status?.continueToken }
}
