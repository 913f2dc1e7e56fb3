/// What a restore did with one resource.
package struct RestoreResourceCount: Sendable, Hashable, Codable {
    /// The API group; empty for the core group.
    package var group: String
    /// The plural, such as `deployments`.
    package var resource: String
    package var createdCount: Int
    package var updatedCount: Int
    package var skippedCount: Int
    package var failureCount: Int

    package init(
        group: String,
        resource: String,
        createdCount: Int = 0,
        updatedCount: Int = 0,
        skippedCount: Int = 0,
        failureCount: Int = 0
    ) {
        self.group = group
        self.resource = resource
        self.createdCount = createdCount
        self.updatedCount = updatedCount
        self.skippedCount = skippedCount
        self.failureCount = failureCount
    }
}
