/// What a page of a list says of itself.
package struct ListPage: Sendable, Hashable {
    /// The revision of the list; the same for all pages of one.
    package var resourceVersion: String?
    /// `nil` on the last page.
    package var continueToken: String?
    package var remainingItemCount: Int?
    package var apiVersion: String?
    /// For example `PodList`.
    package var kind: String?
    package var itemCount: Int
    /// Of the response's body.
    package var bytesRead: Int
}
