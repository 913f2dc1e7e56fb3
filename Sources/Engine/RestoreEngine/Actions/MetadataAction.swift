import KubernetesModel

/// Drops what the server writes into the metadata, and moves the object into its namespace.
///
/// `generateName` stays: the server ignores it beside a name, and it tells that a controller made up the name. Finalizers
/// stay. Owner references are rewritten by ``OwnerResolver``, which has to ask the cluster.
struct MetadataAction: RestoreAction {
    static let serverSet: Set<String> = [
        "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        "selfLink", "managedFields",
    ]

    let resources: Set<GroupResource>? = nil

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        guard object["metadata"]?.object != nil else { return }
        object.metadata.removeAll { member in member.key.text.map(Self.serverSet.contains) ?? false }
        if let namespace = object.namespace { object.namespace = context.mapping(namespace) }
    }
}
