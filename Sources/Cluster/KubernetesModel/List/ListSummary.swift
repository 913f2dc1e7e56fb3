/// What a list says of itself, known when all of it has been read.
package struct ListSummary: Sendable, Hashable {
    package var apiVersion: String?
    /// For example `PodList`.
    package var kind: String?
    package var resourceVersion: String?
    /// The token of the next page; `nil` on the last one.
    package var continueToken: String?
    package var remainingItemCount: Int?
    /// How many items there were.
    package var itemCount = 0

    package init() {}
}
