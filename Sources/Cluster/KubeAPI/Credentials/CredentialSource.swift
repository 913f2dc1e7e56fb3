import FoundationEssentials
import HTTPTransport
import HTTPTypes

/// Hands out the credentials of a connection, and renews those that can be.
actor CredentialSource {
    /// What a request needs to be sent: a client with the right certificate, and the fields that say who asks.
    struct Session: Sendable {
        fileprivate(set) var generation = 0
        var client: HTTPClient
        var authorization: Secret?
        var impersonationFields: [(HTTPField.Name, String)]
    }

    /// How long a token read from a file is taken for good: Kubernetes renews mounted tokens long before they expire.
    private static let tokenFileLifetime: Duration = .seconds(10)

    private let connection: KubeConnection
    private let now: @Sendable () -> Date
    private var current: Session?
    private var readAt = ContinuousClock.now
    private var expiration: Date?
    /// Renews on behalf of every request that waits for it; none of them may cancel it for the others.
    ///
    /// Bounded by the plugin's time limit.
    private var renewal: Task<Session, any Error>?

    init(_ connection: KubeConnection, now: @escaping @Sendable () -> Date = { Date() }) {
        self.connection = connection
        self.now = now
    }

    func session() async throws -> Session {
        if let current, !isOutdated { return current }
        return try await renew()
    }

    /// Renews the credentials that a server has refused.
    ///
    /// - Returns: Whether there are other ones now.
    func refresh(after session: Session) async throws -> Bool {
        switch connection.credentials {
        case .none, .bearerToken, .basic: return false
        case .tokenFile, .exec: break
        }
        if let current, current.generation != session.generation { return true }
        let renewed = try await renew()
        if case .exec = connection.credentials { return true }
        return renewed.authorization != session.authorization
    }

    private var isOutdated: Bool {
        switch connection.credentials {
        case .none, .bearerToken, .basic: false
        case .tokenFile: ContinuousClock.now - readAt > Self.tokenFileLifetime
        case .exec: expiration.map { $0 <= now() } ?? false
        }
    }

    private func renew() async throws -> Session {
        if let renewal { return try await renewal.value }
        let task = Task { try await makeSession() }
        renewal = task
        defer { renewal = nil }
        return try await task.value
    }

    private func makeSession() async throws -> Session {
        var configuration = HTTPClientConfiguration()
        configuration.tls = connection.tls
        configuration.proxyURL = connection.proxyURL
        var authorization: Secret?
        switch connection.credentials {
        case .none: break
        case .bearerToken(let token):
            authorization = try bearer(token, "the token of \(connection.source)")
        case .basic(let username, let password):
            let encoded = Data("\(username):\(password.text)".utf8).base64EncodedString()
            authorization = Secret("Basic \(encoded)")
        case .tokenFile(let path, let fallback):
            authorization = try bearer(try tokenFromFile(path, fallback), "the token file '\(path)'")
        case .exec(let plugin):
            let credential = try await plugin.run()
            expiration = credential.expiration
            if let token = credential.token {
                authorization = try bearer(token, "the token of credential plugin '\(plugin.command)'")
            }
            if let certificate = credential.clientCertificate, let key = credential.clientKey {
                configuration.tls.clientCertificate = .bytes(certificate)
                configuration.tls.clientPrivateKey = .bytes(Array(key.text.utf8))
            }
        }
        let session = Session(
            generation: (current?.generation ?? 0) + 1,
            client: HTTPClient(configuration: configuration),
            authorization: authorization,
            impersonationFields: try connection.impersonation.fields()
        )
        current = session
        readAt = ContinuousClock.now
        return session
    }

    private func tokenFromFile(_ path: String, _ fallback: Secret?) throws -> Secret {
        do {
            let token = String(decoding: try TextFile.read(path, what: "token file"), as: UTF8.self)
            return Secret(String(token.trimmed))
        } catch {
            guard let fallback else { throw KubeAPIError(.credentials, error.message) }
            return fallback
        }
    }

    /// A token that could not stand in a header would change the request.
    private func bearer(_ token: Secret, _ what: String) throws -> Secret {
        guard !token.text.isEmpty, token.text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw KubeAPIError(
                .credentials,
                "\(what.prefix(1).uppercased() + what.dropFirst()) is empty or no token. Renew it."
            )
        }
        return Secret("Bearer \(token.text)")
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: SubSequence {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map(index(after:)) ?? start
        return self[start..<end]
    }
}

extension Impersonation {
    /// The headers of the API; the key of an extra value is percent-encoded into a header's name.
    fileprivate func fields() throws -> [(HTTPField.Name, String)] {
        guard !isEmpty else { return [] }
        guard let user else {
            throw KubeAPIError(.configuration, "Impersonating a group or uid needs a user, too: add '--as'.")
        }
        var fields: [(String, String)] = [("Impersonate-User", user)]
        fields += groups.map { ("Impersonate-Group", $0) }
        if let uid { fields.append(("Impersonate-Uid", uid)) }
        for (key, values) in extra.sorted(by: { $0.key < $1.key }) {
            fields += values.map { ("Impersonate-Extra-\(RequestPath.encoded(key))", $0) }
        }
        return try fields.map { name, value in
            guard let fieldName = HTTPField.Name(name),
                value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
            else {
                throw KubeAPIError(.configuration, "'\(value.filter { !$0.isNewline })' cannot be impersonated.")
            }
            return (fieldName, value)
        }
    }
}
