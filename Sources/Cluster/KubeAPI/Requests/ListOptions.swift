/// What to list, and as of when.
package struct ListOptions: Sendable, Hashable {
    /// How `resourceVersion` is meant.
    package enum ResourceVersionMatch: String, Sendable, Hashable {
        /// The list exactly as it was at that revision; 410 when it is too old.
        case exact = "Exact"
        /// Any state at least as new.
        case notOlderThan = "NotOlderThan"
    }

    /// The most items of one page; 0 asks for all at once.
    package var limit = 500
    package var labelSelector: String?
    package var fieldSelector: String?
    /// Sent with the first page only: a continue token names its revision itself.
    package var resourceVersion: String?
    package var match: ResourceVersionMatch?

    package init(
        limit: Int = 500,
        labelSelector: String? = nil,
        fieldSelector: String? = nil,
        resourceVersion: String? = nil,
        match: ResourceVersionMatch? = nil
    ) {
        self.limit = limit
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.resourceVersion = resourceVersion
        self.match = match
    }
}
