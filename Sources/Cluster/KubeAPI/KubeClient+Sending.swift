import HTTPTransport
import HTTPTypes
import KubernetesModel
import Logging

extension KubeClient {
    /// The most bytes of an answer that is not streamed: more than etcd can hold of one object, and than any discovery.
    private static let answerLimit = 64 << 20

    /// Sends `call` and returns the body of the answer.
    func answer(_ call: APICall, attempts: AttemptLog = AttemptLog()) async throws -> [UInt8] {
        try await perform(call, attempts: attempts) { response in
            try checkIsJSON(response)
            return try await response.body.collect(limit: Self.answerLimit)
        }
    }

    /// Sends `call`, again where that may help and is safe, and hands a successful answer to `read`.
    ///
    /// - Parameters:
    ///   - canRetry: Asked before a repetition.
    ///   - read: Its errors are treated like those of the transport; an error that is to pass as it is comes in a
    ///     ``PassedError``.
    func perform<Result: Sendable>(
        _ call: APICall,
        attempts: AttemptLog = AttemptLog(),
        canRetry: () -> Bool = { true },
        read: (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        let action = call.action
        let context = RetryContext(onRetry: { notice in
            logger.debug(
                "repeating a request",
                metadata: ["action": "\(action)", "reason": "\(notice.reason)", "delay": "\(notice.delay)"]
            )
        })
        var hasRefreshed = false
        do {
            return try await retryPolicy.run(isIdempotent: call.isIdempotent, context: context) { _ in
                do {
                    return .done(try await send(call, &hasRefreshed, canRetry, read))
                } catch let error as KubeAPIError {
                    guard canRetry(), retries(call, after: error) else { throw error }
                    let retryAfter = error.status?.retryAfterInSeconds.map { Duration.seconds($0) }
                    return .again(reason: error.message, after: retryAfter, otherwise: .failure(error))
                } catch let error as HTTPTransportError {
                    if !error.isProvablyUnapplied { attempts.hasLostAnswer = true }
                    guard canRetry() else { throw translate(error, call) }
                    throw error
                }
            }
        } catch let error as PassedError {
            throw error.error
        } catch let error as HTTPTransportError {
            throw translate(error, call)
        }
    }

    /// Sends `call` once, or twice when the server refuses credentials that can be renewed.
    private func send<Result: Sendable>(
        _ call: APICall,
        _ hasRefreshed: inout Bool,
        _ canRetry: () -> Bool,
        _ read: (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        while true {
            let session = try await credentials.session()
            do {
                return try await session.client.send(request(for: call, session)) { response in
                    guard 200..<300 ~= response.status else { throw try await refusal(of: call, response) }
                    return try await read(response)
                }
            } catch let error as KubeAPIError where error.code == .unauthorized && !hasRefreshed && canRetry() {
                hasRefreshed = true
                guard try await credentials.refresh(after: session) else { throw error }
            }
        }
    }

    private func retries(_ call: APICall, after error: KubeAPIError) -> Bool {
        // Without a status the answer was cut short or garbled on the way.
        guard let status = error.status else { return call.isIdempotent && error.isTransient }
        return retryPolicy.retries(
            status: status.httpStatus,
            hasRetryAfter: status.retryAfterInSeconds != nil,
            isIdempotent: call.isIdempotent
        )
    }

    private func request(for call: APICall, _ session: CredentialSource.Session) -> HTTPClientRequest {
        var fields = HTTPFields()
        fields[.accept] = call.accept
        if let contentType = call.contentType { fields[.contentType] = contentType }
        if let authorization = session.authorization { fields[.authorization] = authorization.text }
        for (name, value) in session.impersonationFields { fields.append(HTTPField(name: name, value: value)) }
        return HTTPClientRequest(
            method: call.method,
            url: connection.server + call.path + RequestPath.query(call.query),
            fields: fields,
            body: call.body.map { .bytes($0) } ?? .none
        )
    }

    /// The error that an answer other than 2xx stands for.
    private func refusal(of call: APICall, _ response: HTTPClientResponse) async throws -> KubeAPIError {
        let body = try await response.body.collect(limit: 1 << 20)
        let isJSON = response.fields[.contentType]?.contains("json") ?? false
        let retryAfter = response.fields[.retryAfter].flatMap { Int($0) }
        if var status = KubeStatus(httpStatus: response.status, body: body) {
            status.retryAfterInSeconds = retryAfter ?? status.retryAfterInSeconds
            return KubeAPIError(status, call, connection)
        }
        // A load balancer in front of the server answers with a page when it, or the server, is not well.
        let isHTML = response.fields[.contentType]?.contains("html") ?? false
        let isPage = isHTML && response.status != 401 && response.status != 429 && response.status < 500
        if isPage || 300..<400 ~= response.status {
            return notKubernetes("it answers with status \(response.status) and a page for browsers")
        }
        var status = KubeStatus(httpStatus: response.status)
        status.retryAfterInSeconds = retryAfter
        if !isJSON { status.message = Self.firstLine(body) }
        if response.status == 400, status.message.contains("HTTPS server") {
            return notKubernetes("it wants https, not http")
        }
        return KubeAPIError(status, call, connection)
    }

    /// - Throws: ``KubeAPIError`` with ``KubeAPIError/Code/notKubernetes`` unless the answer is JSON.
    func checkIsJSON(_ response: HTTPClientResponse) throws {
        let type = response.fields[.contentType] ?? "no content type"
        guard type.contains("json") else {
            throw notKubernetes("it answers with '\(Self.printable(type))' where JSON should be")
        }
    }

    /// The error for a server that is something else.
    func notKubernetes(_ what: String) -> KubeAPIError {
        KubeAPIError(
            .notKubernetes,
            "'\(connection.server)' (\(connection.source)) is no Kubernetes API server: \(what). "
                + "Check the server's address in the kubeconfig."
        )
    }

    /// A transport error in the words of this module.
    func translate(_ error: HTTPTransportError, _ call: APICall) -> KubeAPIError {
        let isLost = !call.isIdempotent && !error.isProvablyUnapplied
        let origin = "The address is that of \(connection.source)."
        switch error.code {
        case .timedOut where isLost, .connectionLost where isLost, .protocolError where isLost,
            .responseTooLarge where isLost:
            return KubeAPIError(
                .unknownOutcome,
                "The answer was lost when asked to \(call.action), so it may have been done: \(error.message)"
            )
        case .nameNotResolved, .connectFailed, .connectionLost:
            return KubeAPIError(
                .unreachable,
                "The API server '\(connection.server)' cannot be reached. \(error.message) \(origin) "
                    + "Check that it is right, that the server runs, and that no firewall is in between."
            )
        case .timedOut:
            return KubeAPIError(.timeout, "\(error.message) \(origin)")
        case .tlsFailed, .clientCertificateRefused:
            return KubeAPIError(
                error.code == .tlsFailed ? .tlsFailed : .unauthorized,
                "\(error.message) \(origin) Check the kubeconfig's certificate-authority, tls-server-name and client "
                    + "certificate, and this machine's clock."
            )
        case .protocolError:
            return notKubernetes(error.message)
        case .responseTooLarge:
            return KubeAPIError(.malformedAnswer, error.message)
        case .invalidRequest, .requestBodyFailed:
            return KubeAPIError(.configuration, "\(error.message) \(origin)")
        }
    }

    /// What a short text answer says, for messages.
    private static func firstLine(_ body: [UInt8]) -> String {
        let line = body.prefix(300).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        return printable(String(decoding: line, as: UTF8.self))
    }

    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
    }
}

/// An error of a caller's closure on its way through the machinery for retries.
struct PassedError: Error {
    let error: any Error
}
