import KubernetesModel

/// Leads bindings to the service accounts in their new namespaces.
struct RoleBindingAction: RestoreAction {
    let resources: Set<GroupResource>? = [
        "rolebindings.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io",
    ]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        for (index, subject) in (object["subjects"]?.array ?? []).enumerated() {
            let place: [JSONPathStep] = ["subjects", .index(index)]
            guard let kind = subject["kind"]?.text, let name = subject["name"]?.text else { continue }
            switch kind {
            case "ServiceAccount": object.mapNamespace(at: place + ["namespace"], context.mapping)
            case "Group":
                object[path: place + ["name"]] = .string(ServiceAccountNames.mappedGroup(name, context.mapping))
            case "User":
                object[path: place + ["name"]] = .string(ServiceAccountNames.mappedUser(name, context.mapping))
            default: break
            }
        }
    }
}
