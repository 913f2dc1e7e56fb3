import HTTPTransport
import HTTPTypes

/// What a server says when it does not do what it was asked.
struct S3ErrorResponse: Error, Sendable {
    let status: Int
    /// S3's name of the error, such as `NoSuchKey`; empty when the answer had none, as those to `HEAD` have.
    let code: String
    let message: String
    /// The region that the bucket is in, if the answer tells.
    let region: String?
    /// When the server answered, by its clock.
    let serverTime: Timestamp?
    let requestID: String?
    /// How long the server wants to be left alone.
    let retryAfter: Duration?
    /// The size of the object that was asked for a range it does not have.
    let objectSize: Int?

    /// - Parameter body: The answer's body, or as much of it as was read.
    init(status: Int, fields: HTTPFields, body: [UInt8]) {
        self.status = status
        let document = try? XMLElement(parsing: body)
        // STS wraps its errors once more.
        let error = document?.first("Error") ?? document
        code = error?["Code"] ?? ""
        message = error?["Message"] ?? ""
        region = fields[.amzBucketRegion] ?? error?["Region"]
        serverTime =
            error?["ServerTime"].flatMap(Timestamp.init(iso8601:)) ?? fields[.date].flatMap(Timestamp.init(http:))
        requestID = fields[.amzRequestID] ?? error?["RequestId"] ?? document?["RequestId"]
        retryAfter = fields[.retryAfter].flatMap { Int($0) }.map { .seconds(max(0, $0)) }
        objectSize = fields[.contentRange].flatMap { $0.split(separator: "/").last }.flatMap { Int($0) }
    }

    /// Whether the same request may go well when it is sent again.
    func isTransient(_ policy: RetryPolicy) -> Bool {
        switch code {
        case "SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling", "ThrottlingException",
            "RequestThrottled", "OperationAborted", "ConditionalRequestConflict", "IncompleteBody", "BadDigest",
            "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch":
            true
        case "QuotaExceeded", "InsufficientStorage":
            false
        default:
            policy.retriedStatuses.contains(status)
        }
    }

    /// Whether other credentials might be accepted: these have expired or been withdrawn.
    var isCredentialsRejection: Bool {
        switch code {
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken", "InvalidAccessKeyId": true
        // The answer to HEAD has no code.
        case "": status == 403 || status == 400
        default: false
        }
    }

    /// Whether the request went to the wrong region.
    var isWrongRegion: Bool {
        switch code {
        case "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect",
            "IllegalLocationConstraintException":
            region != nil || status == 301
        default: status == 301 || status == 307 || (code.isEmpty && status == 400 && region != nil)
        }
    }
}
