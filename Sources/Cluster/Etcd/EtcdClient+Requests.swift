import FoundationEssentials
import HTTPTransport
import HTTPTypes

extension EtcdClient {
    /// The most bytes of an answer that is not a snapshot.
    private static var answerLimit: Int { 1 << 20 }

    func status(of endpoint: EtcdEndpoint, token: String?) async throws -> EtcdStatus {
        let response = try await collect(Self.request(endpoint, "/v3/maintenance/status", token: token), from: endpoint)
        guard response.status == 200 else { throw try await explain(response, from: endpoint) }
        guard
            let answer = try? JSONDecoder().decode(StatusAnswer.self, from: Data(response.body)),
            let status = EtcdStatus(answer)
        else { throw Self.notEtcd(endpoint) }
        return status
    }

    /// - Returns: A token to send along; `nil` when no user is configured, or etcd has authentication turned off.
    func authenticate(at endpoint: EtcdEndpoint) async throws -> String? {
        guard let credentials = configuration.credentials else { return nil }
        let body = try JSONEncoder().encode(["name": credentials.username, "password": credentials.password])
        let request = Self.request(endpoint, "/v3/auth/authenticate", body: Array(body), token: nil)
        let response = try await collect(request, from: endpoint)
        guard response.status == 200 else {
            let failure = Self.failure(in: response.body)
            if failure?.message.contains("authentication is not enabled") == true {
                return nil
            }
            if failure?.message.contains("authentication failed") == true {
                throw EtcdError(
                    .accessDenied,
                    "etcd at '\(endpoint.url)' does not accept the password of user '\(credentials.username)'. "
                        + "Check the user name and the password."
                )
            }
            throw try await explain(response, from: endpoint)
        }
        guard
            let answer = try? JSONDecoder().decode(AuthenticationAnswer.self, from: Data(response.body)),
            HTTPField.isValidValue(answer.token)
        else { throw Self.notEtcd(endpoint) }
        return answer.token
    }

    static func request(
        _ endpoint: EtcdEndpoint,
        _ path: String,
        body: [UInt8] = Array("{}".utf8),
        token: String?
    ) -> HTTPClientRequest {
        var fields: HTTPFields = [.contentType: "application/json", .accept: "application/json"]
        fields[.authorization] = token
        return HTTPClientRequest(method: .post, url: endpoint.url + path, fields: fields, body: .bytes(body))
    }

    private func collect(
        _ request: HTTPClientRequest,
        from endpoint: EtcdEndpoint
    ) async throws -> HTTPCollectedResponse {
        do {
            return try await http.collect(request, limit: Self.answerLimit)
        } catch let error as HTTPTransportError {
            throw explain(error, from: endpoint)
        }
    }

    /// The error in `body`, when it is one as the gateway writes them.
    static func failure(in body: [UInt8]) -> GatewayFailure? {
        var lexer = SnapshotMessageLexer()
        var position = 0
        guard case .endOfMessage(let message) = try? lexer.next(body, position: &position) else { return nil }
        return message.failure
    }
}

private struct AuthenticationAnswer: Decodable {
    let token: String
}
