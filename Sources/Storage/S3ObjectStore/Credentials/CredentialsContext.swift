import FoundationEssentials
import HTTPTransport
import ObjectStore

/// What the search for credentials goes by.
struct CredentialsContext: Sendable {
    let environment: [String: String]
    /// The profile that the user named to kbackup, which goes before the environment's credentials.
    let chosenProfile: String?
    /// The region of requests to the security token service.
    let region: String?
    /// Reaches services of AWS, through a proxy if there is one.
    let http: HTTPClient
    /// Reaches services on this machine and beside it, never through a proxy.
    let localHTTP: HTTPClient
    let retryPolicy: RetryPolicy
    let now: @Sendable () -> Double

    /// The environment variable `name`, unless it is empty.
    subscript(name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    var profileName: String { chosenProfile ?? self["AWS_PROFILE"] ?? self["AWS_DEFAULT_PROFILE"] ?? "default" }

    /// The file `path`, as text, without the space around it.
    func readText(_ path: String, what: String) throws -> String {
        do {
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        } catch {
            throw ObjectStoreError(
                .accessDenied,
                "The file '\(path)' with \(what) cannot be read. Check its path and mode."
            )
        }
    }

    /// Sends a request to a service that gives credentials, again where that may help, and returns the answer.
    func ask(
        _ client: HTTPClient,
        _ request: HTTPClientRequest,
        _ service: String,
        isTransient: @Sendable (HTTPCollectedResponse) -> Bool = { _ in false }
    ) async throws -> HTTPCollectedResponse {
        do {
            return try await retryPolicy.run(isIdempotent: true) { _ in
                let response = try await client.collect(request, limit: 1 << 20)
                guard retryPolicy.retriedStatuses.contains(response.status) || isTransient(response) else {
                    return .done(response)
                }
                return .again(reason: "status \(response.status)", otherwise: .success(response))
            }
        } catch let error as HTTPTransportError {
            throw ObjectStoreError(.accessDenied, "There was no answer from \(service): \(error.message)")
        }
    }
}
