import KubernetesModel

/// Leads endpoints made by hand to the new objects behind them.
struct EndpointsAction: RestoreAction {
    let resources: Set<GroupResource>? = ["endpoints", "endpointslices.discovery.k8s.io"]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        var targets: [[JSONPathStep]] = []
        for endpoint in (object["endpoints"]?.array ?? []).indices {
            targets.append(["endpoints", .index(endpoint), "targetRef"])
        }
        for (subset, content) in (object["subsets"]?.array ?? []).enumerated() {
            for list in ["addresses", "notReadyAddresses"] {
                for address in (content[.key(list)]?.array ?? []).indices {
                    targets.append(["subsets", .index(subset), .key(list), .index(address), "targetRef"])
                }
            }
        }
        for target in targets {
            object[path: target + ["uid"]] = nil
            object[path: target + ["resourceVersion"]] = nil
            object.mapNamespace(at: target + ["namespace"], context.mapping)
        }
    }
}
