import KubernetesModel

/// One list to make: a resource, in one namespace or everywhere.
struct ListUnit: Sendable {
    /// What is taken of a list.
    enum Taking: Sendable {
        /// All of it: whatever has the labels of ``ListUnit/labelSelector``.
        case all
        /// Cluster-scoped objects with these labels, and those that others need.
        case labelledOrNeeded(LabelSelector)
        /// Cluster-scoped objects that others need.
        case needed
    }

    let resource: APIResource
    /// `nil` lists all namespaces, or a cluster-scoped resource.
    var namespace: String?
    /// Left to the server; empty lists all.
    var labelSelector = ""
    var taking = Taking.all

    /// How the keys of what it finds start.
    var prefix: [UInt8] {
        let name = resource.groupResource
        guard let namespace else { return StoredObjectKey.prefix(group: name.group, resource: name.resource) }
        return StoredObjectKey.prefix(group: name.group, resource: name.resource, namespace: namespace)
    }

    /// For messages: `pods` or `pods in namespace shop`.
    var subject: String {
        namespace.map { "\(resource.groupResource) in namespace \($0)" } ?? resource.groupResource.description
    }

    /// With more namespaces than this, one list of all of them is made, and filtered.
    private static let mostNamespacesListedAlone = 32

    /// The lists that show a resource in some namespaces.
    ///
    /// - Parameter namespaces: `nil` takes all.
    static func units(for resource: APIResource, namespaces: [String]?, labelSelector: String) -> [ListUnit] {
        guard resource.isNamespaced, let namespaces, namespaces.count <= mostNamespacesListedAlone else {
            return [ListUnit(resource: resource, labelSelector: labelSelector)]
        }
        return namespaces.map { ListUnit(resource: resource, namespace: $0, labelSelector: labelSelector) }
    }
}
