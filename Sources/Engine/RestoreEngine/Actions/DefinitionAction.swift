import KubernetesModel

/// Makes a custom resource definition acceptable to `apiextensions.k8s.io/v1`, and leads its conversion webhook to the
/// service's namespace.
///
/// `spec.preserveUnknownFields: true` is a leftover of v1beta1 that v1 refuses in a create; the schemas say the same.
struct DefinitionAction: RestoreAction {
    let resources: Set<GroupResource>? = ["customresourcedefinitions.apiextensions.k8s.io"]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        object.mapNamespace(
            at: ["spec", "conversion", "webhook", "clientConfig", "service", "namespace"],
            context.mapping
        )
        object.mapNamespace(at: ["spec", "conversion", "webhookClientConfig", "service", "namespace"], context.mapping)
        guard object.apiVersion == "apiextensions.k8s.io/v1", object["spec", "preserveUnknownFields"]?.bool == true
        else {
            return
        }
        object["spec", "preserveUnknownFields"] = false
        for index in (object["spec", "versions"]?.array ?? []).indices {
            let schema: [JSONPathStep] = ["spec", "versions", .index(index), "schema", "openAPIV3Schema"]
            if object[path: schema] == nil { object[path: schema] = ["type": "object"] }
            object[path: schema + ["x-kubernetes-preserve-unknown-fields"]] = true
        }
    }
}

extension KubernetesObject {
    /// Maps the namespace that stands at a place, if one does.
    mutating func mapNamespace(at path: [JSONPathStep], _ mapping: NamespaceMapping) {
        if let namespace = self[path: path]?.text, mapping(namespace) != namespace {
            self[path: path] = .string(mapping(namespace))
        }
    }
}
