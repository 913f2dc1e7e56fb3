import KubeAPI

/// What an error of a create calls for.
enum Refusal: Sendable, Hashable {
    /// The server has too much to do, or cannot be reached: the same request again, later.
    case overload(retryAfterInSeconds: Int?)
    case unreachable
    /// Something in the server broke: again, a few times.
    case broken
    /// It may have been created.
    case unknown
    /// Its name may be taken.
    case mayExist
    case exists
    /// Its namespace is being deleted.
    case namespaceTerminating
    /// Something is missing that may still come.
    case early
    /// The address or port that it asks for is taken.
    case addressTaken
    case portTaken
    /// The server will not take it.
    case final
    /// Nothing can be created at all: the restore ends.
    case fatal

    init(_ error: KubeAPIError, hasGeneratedName: Bool) {
        let said = error.status?.message ?? ""
        switch error.code {
        case .alreadyExists: self = .exists
        case .unknownOutcome, .interrupted, .malformedAnswer: self = .unknown
        case .tooManyRequests: self = .overload(retryAfterInSeconds: error.status?.retryAfterInSeconds)
        case .unavailable:
            // With `generateName`, servers before 1.27 hide behind this answer that the name is taken.
            let hidesConflict = hasGeneratedName && error.status?.reason == "ServerTimeout"
            self = hidesConflict ? .mayExist : .overload(retryAfterInSeconds: error.status?.retryAfterInSeconds)
        case .unreachable, .timeout: self = .unreachable
        // Of a service's port for health checks, servers say so as of an error of their own.
        case .serverError where said.contains("provided port is already allocated"): self = .portTaken
        // A conflict that is no "already exists" is one of the server with itself: over a quota's count, for example.
        case .serverError, .conflict: self = .broken
        case .forbidden where error.isNamespaceTerminating || said.contains("because it is being terminated"):
            self = .namespaceTerminating
        case .forbidden where Self.isEarly(said): self = .early
        case .invalid where said.contains("provided IP is already allocated"): self = .addressTaken
        case .invalid where said.contains("provided port is already allocated"): self = .portTaken
        case .forbidden, .invalid, .badRequest, .notFound, .notSupported, .tooLarge, .expired: self = .final
        case .unauthorized, .tlsFailed, .notKubernetes, .configuration, .credentials: self = .fatal
        }
    }

    /// Refusals of admission that end when something else has come.
    private static func isEarly(_ said: String) -> Bool {
        let missingAccount = said.contains("error looking up service account") && said.contains("not found")
        // A quota refuses everything until its controller has counted.
        let uncountedQuota = said.contains("status unknown for quota")
        let missingPriority = said.contains("no PriorityClass with name")
        let warmingUp = said.contains("not yet ready to handle request")
        return missingAccount || uncountedQuota || missingPriority || warmingUp
    }
}
