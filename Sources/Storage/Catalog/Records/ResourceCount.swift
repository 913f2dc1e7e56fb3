/// What a backup holds of one resource.
package struct ResourceCount: Sendable, Hashable, Codable {
    /// The API group; empty for the core group.
    package var group: String
    /// The plural, such as `deployments`.
    package var resource: String
    package var objectCount: Int
    package var sizeInBytes: Int
    package var failureCount: Int

    package init(group: String, resource: String, objectCount: Int, sizeInBytes: Int, failureCount: Int = 0) {
        self.group = group
        self.resource = resource
        self.objectCount = objectCount
        self.sizeInBytes = sizeInBytes
        self.failureCount = failureCount
    }
}
