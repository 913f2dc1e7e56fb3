package import FoundationEssentials

/// One run of a command on this machine.
///
/// It is in no repository: losing the catalog loses it.
package struct RunRecord: Sendable, Hashable, Codable {
    /// Any unique text; a UUID.
    package var id: String
    /// The command without its options, such as `restore create`.
    package var command: String
    /// The backup or restore it was about.
    package var name: String?
    package var startedAt: Date
    /// `nil` while it runs, or when it was killed.
    package var finishedAt: Date?
    package var outcome: String?
    package var exitCode: Int?
    /// The line that was shown at the end; holds no secrets.
    package var message: String?

    package init(
        id: String,
        command: String,
        name: String? = nil,
        startedAt: Date,
        finishedAt: Date? = nil,
        outcome: String? = nil,
        exitCode: Int? = nil,
        message: String? = nil
    ) {
        self.id = id
        self.command = command
        self.name = name
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.outcome = outcome
        self.exitCode = exitCode
        self.message = message
    }
}
