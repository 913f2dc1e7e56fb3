package import KubernetesModel

/// A resource of which a backup holds objects.
package struct BackedUpResource: Sendable, Hashable {
    /// Empty for the core group.
    package var group: String
    /// The version in which the objects are stored.
    package var version: String
    /// The plural, as in URLs.
    package var resource: String
    package var kind: String
    package var isNamespaced: Bool
    /// How many objects the backup holds of it.
    package var objects: Int

    package init(group: String, version: String, resource: String, kind: String, isNamespaced: Bool, objects: Int) {
        self.group = group
        self.version = version
        self.resource = resource
        self.kind = kind
        self.isNamespaced = isNamespaced
        self.objects = objects
    }

    package var groupResource: GroupResource { GroupResource(group: group, resource: resource) }
}
