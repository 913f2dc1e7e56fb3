/// What discovery tells about one resource of one version.
package struct APIResource: Sendable, Hashable {
    package var gvr: GroupVersionResource
    /// The kind of its objects, for example `Deployment`.
    package var kind: String
    /// The singular in lower case; may be empty where a server does not tell it.
    package var singular: String
    /// For example `deploy`.
    package var shortNames: [String]
    /// For example `all`.
    package var categories: [String]
    package var isNamespaced: Bool
    /// For example `get`, `list`, `create`, `delete`.
    package var verbs: Set<String>
    /// Without the resource's own name: `status`, `scale`.
    package var subresources: Set<String>

    package init(
        gvr: GroupVersionResource,
        kind: String,
        singular: String = "",
        shortNames: [String] = [],
        categories: [String] = [],
        isNamespaced: Bool,
        verbs: Set<String> = ["create", "delete", "get", "list", "patch", "update", "watch"],
        subresources: Set<String> = []
    ) {
        self.gvr = gvr
        self.kind = kind
        self.singular = singular
        self.shortNames = shortNames
        self.categories = categories
        self.isNamespaced = isNamespaced
        self.verbs = verbs
        self.subresources = subresources
    }

    package var groupResource: GroupResource { gvr.groupResource }

    /// As objects carry it: `apps/v1`, or `v1` for the core group.
    package var apiVersion: String { gvr.apiVersion }
}

extension APIResource: CustomStringConvertible {
    package var description: String { gvr.description }
}
