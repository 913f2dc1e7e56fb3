/// Why etcd could not be asked, or why what it sent cannot be used.
///
/// `code` is for programs, `message` is for people: it names the endpoint, says what happened, and ends with what the
/// operator can do about it. It never holds a password or a token.
package struct EtcdError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// No endpoint is given, or one cannot be used as it is written.
        case invalidConfiguration
        /// The endpoint did not answer, or etcd cannot serve for the moment.
        case unavailable
        /// TLS failed, or a certificate is missing or not accepted.
        case tlsFailed
        /// User name, password or rights are missing or wrong.
        case accessDenied
        /// What answers at the endpoint is not etcd.
        case notEtcd
        /// It is etcd, but it does not serve the gateway under `/v3`.
        case unsupportedVersion
        /// Etcd answered with an error of its own.
        case refused
        /// The answer is not what etcd's gateway sends.
        case protocolError
        /// The snapshot ended before its end.
        case truncated
        /// The snapshot came whole, but its bytes are not those that etcd hashed.
        case corrupted
    }

    package let code: Code
    package let message: String
    /// Whether the same request may succeed if it is sent again.
    package let isTransient: Bool

    /// - Parameter isTransient: `nil` decides by the code.
    package init(_ code: Code, _ message: String, isTransient: Bool? = nil) {
        self.code = code
        self.message = message
        self.isTransient = isTransient ?? code.isUsuallyTransient
    }

    package var description: String { message }
}

extension EtcdError.Code {
    /// A damaged stream is worth one more try: a damaged database gives the same answer again.
    var isUsuallyTransient: Bool {
        switch self {
        case .unavailable, .truncated, .corrupted: true
        case .invalidConfiguration, .tlsFailed, .accessDenied, .notEtcd, .unsupportedVersion, .refused, .protocolError:
            false
        }
    }
}
