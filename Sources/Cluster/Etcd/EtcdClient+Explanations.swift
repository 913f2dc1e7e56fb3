import FoundationEssentials
import HTTPTransport
import HTTPTypes

/// From what happened to what it means and what to do.
extension EtcdClient {
    static func notEtcd(_ endpoint: EtcdEndpoint) -> EtcdError {
        EtcdError(
            .notEtcd,
            "What answers at '\(endpoint.url)' is not etcd. Give the client URL of a member, as in its "
                + "--advertise-client-urls (or --listen-client-http-urls, where that is set)."
        )
    }

    /// Why there was no answer.
    func explain(_ error: HTTPTransportError, from endpoint: EtcdEndpoint) -> EtcdError {
        let code: EtcdError.Code? =
            switch error.code {
            case .tlsFailed: .tlsFailed
            case .clientCertificateRefused: .accessDenied
            // A server that misses the client's certificate may close the connection without a word that gets through.
            case .connectionLost, .protocolError:
                endpoint.usesTLS && configuration.tls.clientCertificate == nil ? .accessDenied : nil
            default: nil
            }
        if let code {
            return EtcdError(code, "etcd at '\(endpoint.url)' could not be asked: \(error.message) \(tlsRemedy)")
        }
        switch error.code {
        case .invalidRequest:
            return EtcdError(.invalidConfiguration, error.message)
        case .responseTooLarge:
            return Self.notEtcd(endpoint)
        case .nameNotResolved, .connectFailed, .tlsFailed, .clientCertificateRefused, .timedOut, .connectionLost,
            .protocolError, .requestBodyFailed:
            // A server that expects TLS closes a plain connection, or answers in TLS.
            let mayNeedTLS = !endpoint.usesTLS && (error.code == .connectionLost || error.code == .protocolError)
            return EtcdError(
                error.code == .protocolError ? .protocolError : .unavailable,
                "etcd at '\(endpoint.url)' could not be asked: \(error.message)"
                    + (mayNeedTLS ? " If it serves TLS, write 'https://'." : "")
            )
        }
    }

    private var tlsRemedy: String {
        let prefix = configuration.optionPrefix
        let options = "\(prefix)cacert, \(prefix)cert and \(prefix)key"
        guard configuration.tls.clientCertificate == nil else {
            return "Check that \(options) belong to this etcd and have not expired."
        }
        return "Pass \(options); with kubeadm these are ca.crt, healthcheck-client.crt and "
            + "healthcheck-client.key in /etc/kubernetes/pki/etcd."
    }

    /// Why the answer is not a good one.
    ///
    /// May ask the endpoint for its version.
    func explain(_ response: HTTPCollectedResponse, from endpoint: EtcdEndpoint) async throws -> EtcdError {
        if let failure = Self.failure(in: response.body), (1...16).contains(failure.grpcCode ?? 0),
            response.status != 404
        {
            return explain(failure, from: endpoint)
        }
        let text = String(decoding: response.body.prefix(200), as: UTF8.self)
        if text.contains("HTTP request to an HTTPS server") {
            return EtcdError(.tlsFailed, "etcd at '\(endpoint.url)' serves TLS. Write 'https://'. \(tlsRemedy)")
        }
        guard let version = try await serverVersion(at: endpoint) else {
            guard response.status >= 500 else { return Self.notEtcd(endpoint) }
            return EtcdError(
                .unavailable,
                "'\(endpoint.url)' answered with status \(response.status). "
                    + "Check the member, or the proxy in front of it."
            )
        }
        guard Self.hasGateway(version) else {
            return EtcdError(
                .unsupportedVersion,
                "etcd \(version) at '\(endpoint.url)' is too old: its gateway is not under /v3. "
                    + "Use etcd 3.4 or later, or take the snapshot with etcdctl."
            )
        }
        guard response.status == 404 else {
            return EtcdError(
                response.status >= 500 ? .unavailable : .refused,
                "etcd \(version) at '\(endpoint.url)' answered with status \(response.status). Look into its log."
            )
        }
        return EtcdError(
            .unsupportedVersion,
            "etcd \(version) at '\(endpoint.url)' does not serve its HTTP gateway. "
                + "Start it without --enable-grpc-gateway=false."
        )
    }

    func explain(_ failure: GatewayFailure, from endpoint: EtcdEndpoint) -> EtcdError {
        let remedy =
            switch failure.code {
            case .accessDenied where configuration.credentials == nil:
                "Authentication is turned on: pass \(configuration.optionPrefix)user with a user who has the role root."
            case .accessDenied:
                "Use a user who has the role root."
            // The gateway is a gRPC client of its own server, and shows the server's certificate as its own.
            case .unavailable where failure.message.contains("handshake"):
                "The server's own certificate must allow client authentication, too."
            case .unavailable:
                "Check the member's health with 'etcdctl endpoint health', then try again."
            default:
                "Look into the member's log."
            }
        return EtcdError(failure.code, "etcd at '\(endpoint.url)' answered \(failure). \(remedy)")
    }

    /// The server's version, from the one path that every etcd has had; `nil` when this is no etcd.
    private func serverVersion(at endpoint: EtcdEndpoint) async throws -> String? {
        struct Answer: Decodable { let etcdserver: String }
        do {
            let response = try await http.collect(HTTPClientRequest(url: endpoint.url + "/version"), limit: 64 * 1024)
            guard response.status == 200 else { return nil }
            return try? JSONDecoder().decode(Answer.self, from: Data(response.body)).etcdserver
        } catch is HTTPTransportError {
            return nil
        }
    }

    /// Whether a server of this version has its gateway under `/v3`: 3.4 and later.
    static func hasGateway(_ version: String) -> Bool {
        let numbers = version.split(separator: ".").prefix(2).compactMap { Int($0) }
        guard numbers.count == 2 else { return true }
        return (numbers[0], numbers[1]) >= (3, 4)
    }
}
