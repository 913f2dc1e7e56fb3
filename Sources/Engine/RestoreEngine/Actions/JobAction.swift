import KubernetesModel

/// Drops the labels and the selector that the server generated from the job's old uid; it generates new ones.
struct JobAction: RestoreAction {
    static let generatedLabels: Set<String> = [
        "controller-uid",  // until Kubernetes 1.26; later versions still set it for compatibility
        "batch.kubernetes.io/controller-uid",  // since 1.27
    ]

    let resources: Set<GroupResource>? = ["jobs.batch"]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        // Here the user made labels and selector.
        if object["spec", "manualSelector"]?.bool == true { return }
        for place: [JSONPathStep] in [
            ["metadata", "labels"], ["spec", "template", "metadata", "labels"], ["spec", "selector", "matchLabels"],
        ] {
            for label in Self.generatedLabels { object[path: place + [.key(label)]] = nil }
        }
        if object["spec", "selector", "matchLabels"]?.object?.isEmpty == true {
            object["spec", "selector", "matchLabels"] = nil
        }
        if object["spec", "selector"]?.object?.isEmpty == true { object["spec", "selector"] = nil }
    }
}
