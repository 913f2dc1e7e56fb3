/// What became of one object.
enum ObjectOutcome: Sendable, Hashable {
    case created
    /// It existed and got what it lacked.
    case updated
    /// It existed as it should be.
    case unchanged
    /// It exists and differs at these places, which were left as they are.
    case conflict(Conflict)
    case skipped(RestoreRule)
    case failed(String)
    /// It cannot be created now, but perhaps later.
    case postponed(Postponement)
    /// It is not wanted: its labels are others.
    case notSelected
}

/// How an object of the cluster differs from the one of the backup.
struct Conflict: Sendable, Hashable {
    /// Places, for example `spec.replicas`.
    ///
    /// Values are not told: they may be secret.
    var places: [String]
    /// Whether there is a difference beyond the metadata.
    var isInContent: Bool
    /// Whether it got what it lacked.
    var isMerged = false
}

/// Why an object has to wait.
struct Postponement: Sendable, Hashable {
    enum Cause: Sendable, Hashable {
        /// It, or its namespace, is still being deleted.
        case deletion
        /// The server refuses it for want of something.
        case refusal
    }

    var cause: Cause
    var reason: String
}
