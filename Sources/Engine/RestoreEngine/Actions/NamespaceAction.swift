import KubernetesModel

/// Gives a namespace its name in the cluster.
struct NamespaceAction: RestoreAction {
    static let nameLabel = "kubernetes.io/metadata.name"

    let resources: Set<GroupResource>? = ["namespaces"]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        guard let name = object.name else { return }
        object.name = context.mapping(name)
        if object.labels[Self.nameLabel] != nil { object.labels[Self.nameLabel] = context.mapping(name) }
    }
}
