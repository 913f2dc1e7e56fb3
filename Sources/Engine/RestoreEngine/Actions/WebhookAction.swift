import KubernetesModel

/// Leads webhooks to their services' namespaces, and makes side effects acceptable to v1.
///
/// Configurations that were made with v1beta1 may declare side effects that v1 refuses in a create.
struct WebhookAction: RestoreAction {
    let resources: Set<GroupResource>? = [
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    ]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        for (index, webhook) in (object["webhooks"]?.array ?? []).enumerated() {
            let place: [JSONPathStep] = ["webhooks", .index(index)]
            object.mapNamespace(at: place + ["clientConfig", "service", "namespace"], context.mapping)
            guard object.apiVersion == "admissionregistration.k8s.io/v1",
                let sideEffects = webhook["sideEffects"]?.text, !["None", "NoneOnDryRun"].contains(sideEffects)
            else { continue }
            object[path: place + ["sideEffects"]] = "None"
            context.remarks.append(
                "The server no longer takes a webhook with side effects '\(sideEffects)': "
                    + "'\(webhook["name"]?.text ?? "")' now says 'None'."
            )
        }
    }
}
