import KubernetesModel

/// Drops the status where the cluster writes it through a subresource.
///
/// Elsewhere the status is a field like others.
struct StatusAction: RestoreAction {
    let resources: Set<GroupResource>? = nil

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        if context.hasStatusSubresource { object["status"] = nil }
    }
}
