/// Several documents, as kubectl shows them: `{"kind": "List", "items": […]}`.
package struct ListDocument<Item: Encodable & Sendable>: Encodable, Sendable {
    package var kind = "List"
    package var items: [Item]

    package init(_ items: [Item]) { self.items = items }
}
