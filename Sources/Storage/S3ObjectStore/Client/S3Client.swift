import HTTPTransport
import HTTPTypes
import ObjectStore
import Synchronization

/// Sends signed requests to one bucket, again and again where that may help.
struct S3Client: Sendable {
    /// A pack may take minutes to upload over a slow line, and must still be worth a second try after that.
    private static var patientRetryPolicy: RetryPolicy {
        var policy = RetryPolicy()
        policy.totalBudget = .seconds(900)
        return policy
    }

    /// The region that requests are signed for.
    final class Region: Sendable {
        private let name: Mutex<String>
        /// Whether the user named it; one that we guessed is corrected by what the server says.
        let isChosen: Bool

        init(_ name: String, isChosen: Bool) {
            self.name = Mutex(name)
            self.isChosen = isChosen
        }

        var current: String { name.withLock { $0 } }

        /// - Returns: Whether that is a change.
        func correct(to region: String) -> Bool {
            name.withLock { name in
                defer { name = region }
                return name != region
            }
        }
    }

    let configuration: S3Configuration
    let region: Region
    let http: HTTPClient
    let credentials: CredentialsCache
    let encryption: EncryptionFields
    var retryPolicy = Self.patientRetryPolicy
    var retryContext = RetryContext()
    /// The clock that requests are dated with, in seconds since 1970.
    let now: @Sendable () -> Double

    /// Sends `request` until there is a final answer.
    ///
    /// - Parameters:
    ///   - request: What to send. Must be harmless when it is sent twice.
    ///   - subject: What is done by it, for messages: `reading 'packs/00/a'`.
    ///   - body: Reads the answer to a request that was done (200 to 299), of each try anew. May throw an
    ///     ``S3ErrorResponse`` that it finds in it, or ``DamagedDownload``.
    /// - Returns: What `body` returns, or the server's refusal.
    /// - Throws: ``ObjectStoreError``, when there is no answer, or only those that say to come back later; what `body`
    ///   throws.
    func send<Result: Sendable>(
        _ request: S3Request,
        _ subject: String,
        _ body: @Sendable (HTTPClientResponse) async throws -> Result
    ) async throws -> Swift.Result<Result, S3ErrorResponse> {
        var corrections = Corrections()
        do {
            return try await retryPolicy.run(isIdempotent: true, context: retryContext) { _ in
                try await verdict(request, subject, &corrections, body)
            }
        } catch let error as HTTPTransportError {
            throw explain(error, subject)
        }
    }

    /// What was set right meanwhile.
    ///
    /// Each once, or two servers could keep us going round.
    private struct Corrections {
        var hasNewRegion = false
        var hasNewCredentials = false
    }

    private func verdict<Result: Sendable>(
        _ request: S3Request,
        _ subject: String,
        _ corrections: inout Corrections,
        _ body: @Sendable (HTTPClientResponse) async throws -> Result
    ) async throws -> RetryVerdict<Swift.Result<Result, S3ErrorResponse>> {
        while true {
            let used = try await credentials.current()
            do {
                return .done(.success(try await attempt(request, used, body)))
            } catch let response as S3ErrorResponse {
                if response.isWrongRegion, !region.isChosen, !corrections.hasNewRegion, let right = response.region,
                    region.correct(to: right)
                {
                    corrections.hasNewRegion = true
                    continue
                }
                if response.isCredentialsRejection, !corrections.hasNewCredentials, await credentials.replace(used) {
                    corrections.hasNewCredentials = true
                    continue
                }
                guard response.isTransient(retryPolicy) else { return .done(.failure(response)) }
                return .again(
                    reason: "\(response.status) \(response.code)",
                    after: response.retryAfter,
                    // A conflict that lasts is for the caller to judge.
                    otherwise: response.status == 409
                        ? .success(.failure(response)) : .failure(explain(response, subject))
                )
            } catch let error as DamagedDownload {
                return .again(reason: error.explanation.message, otherwise: .failure(error.explanation))
            }
        }
    }

    /// Sends `request` until there is a final answer, which must be that it was done.
    func perform<Result: Sendable>(
        _ request: S3Request,
        _ subject: String,
        _ body: @Sendable (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        switch try await send(request, subject, body) {
        case .success(let result): return result
        case .failure(let response): throw explain(response, subject)
        }
    }

    /// Sends `request` once.
    ///
    /// - Throws: ``S3ErrorResponse`` when the server does not do it; what `body` throws.
    private func attempt<Result: Sendable>(
        _ request: S3Request,
        _ credentials: AWSCredentials,
        _ body: @Sendable (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        try await http.send(try sign(request, credentials)) { response in
            if (200..<300).contains(response.status) { return try await body(response) }
            var start: [UInt8] = []
            for try await chunk in response.body {
                start += chunk
                if start.count > 64 << 10 { break }
            }
            throw S3ErrorResponse(status: response.status, fields: response.fields, body: start)
        }
    }

    /// Bodies above this size are signed in chunks where they are signed at all, so that the server can refuse them at
    /// the first wrong one.
    private static let chunkedSigningThreshold = 8 << 20

    /// The request as it goes over the wire, signed as of now.
    private func sign(_ request: S3Request, _ credentials: AWSCredentials) throws -> HTTPClientRequest {
        let region = region.current
        let endpoint = try S3Endpoint(configuration, region: region)
        let signer = SignatureV4(credentials: credentials, region: region, time: Timestamp(now()))
        var signed = HTTPClientRequest(
            method: request.method,
            url: endpoint.url(key: request.key, query: request.query),
            fields: request.fields
        )
        guard let payload = request.payload else {
            signer.sign(&signed, payloadHash: SignatureV4.emptyPayload)
            return signed
        }
        if endpoint.isEncrypted {
            // TLS keeps the body as it is, and the checksum field, which is signed, tells the server what it must be.
            signed.body = payload.plainBody
            signer.sign(&signed, payloadHash: SignatureV4.unsignedPayload)
        } else if payload.count <= Self.chunkedSigningThreshold {
            signed.body = payload.plainBody
            signer.sign(&signed, payloadHash: payload.sha256.hexadecimal)
        } else {
            signed.fields[.contentEncoding] = "aws-chunked"
            signed.fields[.amzDecodedContentLength] = String(payload.count)
            let seed = signer.sign(&signed, payloadHash: SignatureV4.streamingPayload)
            signed.body = payload.chunkedBody(signer: signer, seed: seed)
        }
        return signed
    }

    // MARK: - Names for messages

    /// The bucket and the prefix: `s3://bucket/prefix`.
    var location: String {
        // The prefix ends with the `/` that goes between it and a key.
        configuration.prefix.isEmpty
            ? "s3://\(configuration.bucket)" : "s3://\(configuration.bucket)/\(configuration.prefix.dropLast())"
    }

    /// Who answers: `the S3 server 'https://s3.example.com'`.
    var server: String {
        configuration.endpoint.map { "the S3 server '\($0)'" } ?? "AWS S3 in '\(region.current)'"
    }

    var credentialsDescription: String { credentials.lastDescription }
}

/// What arrived is not what the server has; it may go better the next time.
struct DamagedDownload: Error {
    let explanation: ObjectStoreError
}
