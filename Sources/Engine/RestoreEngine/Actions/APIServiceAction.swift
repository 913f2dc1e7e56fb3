import KubernetesModel

/// Leads an API service to its service's namespace.
struct APIServiceAction: RestoreAction {
    let resources: Set<GroupResource>? = ["apiservices.apiregistration.k8s.io"]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        object.mapNamespace(at: ["spec", "service", "namespace"], context.mapping)
    }
}
