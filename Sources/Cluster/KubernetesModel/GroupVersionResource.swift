/// A resource as one version of its group serves it.
package struct GroupVersionResource: Sendable, Hashable {
    /// Empty for the core group.
    package var group: String
    /// For example `v1`.
    package var version: String
    /// The plural in lower case, as it stands in URLs.
    package var resource: String

    package init(group: String, version: String, resource: String) {
        self.group = group
        self.version = version
        self.resource = resource
    }

    package var groupResource: GroupResource { GroupResource(group: group, resource: resource) }

    /// As objects carry it: `apps/v1`, or `v1` for the core group.
    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
}

extension GroupVersionResource: CustomStringConvertible {
    /// For example `deployments.v1.apps`; `pods.v1` for the core group.
    package var description: String { group.isEmpty ? "\(resource).\(version)" : "\(resource).\(version).\(group)" }
}
