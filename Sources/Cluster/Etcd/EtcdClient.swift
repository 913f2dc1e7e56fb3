import HTTPTransport

/// Asks etcd through its HTTP/JSON gateway, which every server since 3.4 has under `/v3`.
///
/// Endpoints are tried in their order until one can do what is asked. Nothing is kept between calls: a token lives for
/// one call.
package struct EtcdClient: Sendable {
    package let configuration: EtcdEndpointConfiguration
    let endpoints: [EtcdEndpoint]
    let http: HTTPClient

    /// - Throws: ``EtcdError/Code/invalidConfiguration`` when there is no endpoint, or one is not a URL of a member.
    package init(_ configuration: EtcdEndpointConfiguration) throws(EtcdError) {
        guard !configuration.endpoints.isEmpty else {
            throw EtcdError(
                .invalidConfiguration,
                "No etcd endpoint is given. Pass \(configuration.optionPrefix)endpoints https://HOST:2379."
            )
        }
        var endpoints: [EtcdEndpoint] = []
        for text in configuration.endpoints {
            endpoints.append(try EtcdEndpoint(text))
        }
        var settings = HTTPClientConfiguration()
        settings.tls = configuration.tls
        settings.deadlines = configuration.deadlines
        settings.proxyURL = configuration.proxyURL
        // One stream at a time has nothing from HTTP/2 but its flow control.
        settings.allowsHTTP2 = false
        self.configuration = configuration
        self.endpoints = endpoints
        self.http = HTTPClient(configuration: settings)
    }

    /// What the first member that answers says about itself.
    ///
    /// - Throws: ``EtcdError`` that names every endpoint and why it did not answer; `CancellationError`.
    package func status() async throws -> EtcdStatus {
        try await firstUsable { endpoint in
            try await status(of: endpoint, token: try await authenticate(at: endpoint))
        }
    }

    /// What the member at `endpoint` says about itself.
    ///
    /// - Parameter endpoint: A client URL; need not be one of the configuration's.
    /// - Throws: ``EtcdError``, or `CancellationError`.
    package func status(endpoint: String) async throws -> EtcdStatus {
        let endpoint = try EtcdEndpoint(endpoint)
        return try await status(of: endpoint, token: try await authenticate(at: endpoint))
    }

    /// Runs `operation` on the endpoints in turn until one succeeds, in as many rounds as the retry policy allows.
    ///
    /// Only an ``EtcdError`` leads to the next endpoint, only one that is transient to another round, and both only
    /// while `mayTryNext` says so.
    func firstUsable<Value: Sendable>(
        mayTryNext: () -> Bool = { true },
        _ operation: (EtcdEndpoint) async throws -> Value
    ) async throws -> Value {
        // Errors travel within the verdict: those of `operation` may be a consumer's, on which nothing is repeated.
        let outcome: Result<Value, any Error> = try await configuration.retry.run(isIdempotent: true) { _ in
            do {
                return .done(.success(try await round(mayTryNext: mayTryNext, operation)))
            } catch let error as EtcdError where error.isTransient && mayTryNext() {
                return .again(reason: error.message, otherwise: .success(.failure(error)))
            } catch {
                return .done(.failure(error))
            }
        }
        return try outcome.get()
    }

    private func round<Value: Sendable>(
        mayTryNext: () -> Bool,
        _ operation: (EtcdEndpoint) async throws -> Value
    ) async throws -> Value {
        var failures: [EtcdError] = []
        for endpoint in endpoints {
            do {
                return try await operation(endpoint)
            } catch let error as EtcdError {
                guard mayTryNext() else { throw error }
                failures.append(error)
            }
            try Task.checkCancellation()
        }
        throw Self.combined(failures)
    }

    /// One error for all endpoints: the cause that an operator can do something about gives the code.
    static func combined(_ failures: [EtcdError]) -> EtcdError {
        guard failures.count > 1, let first = failures.first else {
            return failures.first ?? EtcdError(.invalidConfiguration, "No etcd endpoint is given.")
        }
        let telling = failures.first { !$0.isTransient } ?? first
        let causes = failures.enumerated().map { "(\($0.offset + 1)) \($0.element.message)" }
        return EtcdError(
            telling.code,
            "None of the \(failures.count) etcd endpoints can be used. \(causes.joined(separator: " "))",
            isTransient: failures.contains(where: \.isTransient)
        )
    }
}
