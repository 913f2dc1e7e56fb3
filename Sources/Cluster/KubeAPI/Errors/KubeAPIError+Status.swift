extension KubeAPIError {
    /// The error for what a server answered to `call`.
    init(_ status: KubeStatus, _ call: APICall, _ connection: KubeConnection) {
        let code = Code(status, isIdempotent: call.isIdempotent)
        let said = status.message.isEmpty ? "status \(status.httpStatus)" : status.message
        var message = "The API server '\(connection.server)' was asked to \(call.action) and answered: \(said)"
        if message.last != "." { message += "." }
        if let remedy = Self.remedy(code, status, connection) { message += " \(remedy)" }
        self.init(code, message, status: status)
    }

    private static func remedy(_ code: Code, _ status: KubeStatus, _ connection: KubeConnection) -> String? {
        switch code {
        case .unauthorized:
            "It does not accept the credentials of \(connection.source): renew them, or check that a client "
                + "certificate has not expired."
        case .forbidden where !status.causes.contains { $0.reason == "NamespaceTerminating" }:
            if let user = connection.impersonation.user, status.message.contains("cannot impersonate") {
                "Give the user of \(connection.source) the right to impersonate '\(user)' and the groups that go with it, "
                    + "or leave '--as' out."
            } else if let user = connection.impersonation.user {
                "Give '\(user)', as whom it was asked ('--as'), the right to do this."
            } else {
                "Give the user of \(connection.source) the right to do this."
            }
        case .unavailable, .serverError, .tooManyRequests: "Try again later."
        case .unknownOutcome: "It may have been done nevertheless."
        default: nil
        }
    }
}

extension KubeAPIError.Code {
    /// The reason decides where there is one: one HTTP status stands for several.
    init(_ status: KubeStatus, isIdempotent: Bool) {
        switch (status.reason, status.httpStatus) {
        case ("AlreadyExists", _): self = .alreadyExists
        case ("Expired", _), ("Gone", _), (_, 410): self = .expired
        case ("Timeout", _), (_, 504): self = isIdempotent ? .timeout : .unknownOutcome
        case ("ServerTimeout", _): self = .unavailable
        case ("TooManyRequests", _), (_, 429): self = .tooManyRequests
        case (_, 401): self = .unauthorized
        case (_, 403): self = .forbidden
        case (_, 404): self = .notFound
        case (_, 405), (_, 406), (_, 415): self = .notSupported
        case (_, 408): self = .timeout
        case (_, 409): self = .conflict
        case (_, 413): self = .tooLarge
        case (_, 422): self = .invalid
        case (_, 502), (_, 503): self = .unavailable
        case (_, 500...): self = .serverError
        default: self = .badRequest
        }
    }
}
