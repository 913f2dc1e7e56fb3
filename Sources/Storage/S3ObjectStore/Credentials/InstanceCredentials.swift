import HTTPTransport
import HTTPTypes
import ObjectStore

/// The metadata service of an EC2 instance, in its second version: a session's token first, then the role's credentials.
struct InstanceCredentials: CredentialsProvider {
    private static let tokenLifetime = HTTPField.Name.named("x-aws-ec2-metadata-token-ttl-seconds")
    private static let token = HTTPField.Name.named("x-aws-ec2-metadata-token")
    private static let path = "/latest/meta-data/iam/security-credentials/"

    let context: CredentialsContext

    func find() async throws -> CredentialsSearchResult {
        guard context["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else {
            return .notSetUp("the EC2 metadata service (AWS_EC2_METADATA_DISABLED is true)")
        }
        let endpoint = endpoint
        let notThere = CredentialsSearchResult.notSetUp("the EC2 metadata service (no answer from '\(endpoint)')")
        // An instance without the service, or another machine, does not answer. That is no error.
        guard let token = try await ask(.put, endpoint + "/latest/api/token", [Self.tokenLifetime: "21600"]),
            token.status == 200
        else { return notThere }
        let fields: HTTPFields = [Self.token: String(decoding: token.body, as: UTF8.self)]
        guard let roles = try await ask(.get, endpoint + Self.path, fields) else { return notThere }
        let role = String(decoding: roles.body, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init)
        guard roles.status == 200, let role else {
            return .notSetUp("the EC2 metadata service (the instance has no role)")
        }
        let source = "the EC2 instance's role '\(role)'"
        guard let answer = try await ask(.get, endpoint + Self.path + PercentEncoding.query(role), fields),
            answer.status == 200
        else {
            throw ObjectStoreError(.accessDenied, "The EC2 metadata service does not give out \(source). Try again.")
        }
        return .found(try CredentialsDocument(answer.body, from: source).credentials(from: source))
    }

    private var endpoint: String {
        let endpoint =
            context["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
            ?? (context["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
                ? "http://[fd00:ec2::254]" : "http://169.254.169.254")
        return endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
    }

    /// - Returns: `nil` when there was no answer.
    private func ask(_ method: HTTPRequest.Method, _ url: String, _ fields: HTTPFields) async throws
        -> HTTPCollectedResponse?
    {
        let seconds = context["AWS_METADATA_SERVICE_TIMEOUT"].flatMap { Double($0) } ?? 1
        let attempts = context["AWS_METADATA_SERVICE_NUM_ATTEMPTS"].flatMap { Int($0) } ?? 1
        var request = HTTPClientRequest(method: method, url: url, fields: fields)
        request.deadlines = .metadataService(.seconds(max(0.001, seconds)))
        for _ in 0..<max(1, attempts) {
            do {
                let response = try await context.localHTTP.collect(request, limit: 64 << 10)
                if response.status < 500 { return response }
            } catch is HTTPTransportError {
                continue
            }
        }
        return nil
    }
}
