package import FoundationEssentials

/// A storage location that was used, and the repository that was found there.
package struct LocationRecord: Sendable, Hashable, Codable {
    /// The name in the configuration; one row each.
    package var name: String
    package var repositoryID: String
    /// Without credentials.
    package var url: String
    package var lastSeenAt: Date

    package init(name: String, repositoryID: String, url: String, lastSeenAt: Date) {
        self.name = name
        self.repositoryID = repositoryID
        self.url = url
        self.lastSeenAt = lastSeenAt
    }
}
