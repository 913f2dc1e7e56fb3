import KubernetesModel

/// Gives back the addresses and node ports that the server allocated; those that a user chose stay.
struct ServiceAction: RestoreAction {
    let resources: Set<GroupResource>? = ["services"]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        let ownership = FieldOwnership(object)
        let address = object["spec", "clusterIP"]?.text
        if address != "None", !ownership.isDeclared(["spec", "clusterIP"]) { Self.dropAddresses(&object) }
        for index in (object["spec", "ports"]?.array ?? []).indices {
            let place: [JSONPathStep] = ["spec", "ports", .index(index), "nodePort"]
            if !ownership.isDeclared(place) { object[path: place] = nil }
        }
        if !ownership.isDeclared(["spec", "healthCheckNodePort"]) { object["spec", "healthCheckNodePort"] = nil }
    }

    /// Whether a server may have put something else at a place of a service than was asked for.
    static func isAllocation(_ place: String) -> Bool {
        place.hasPrefix("spec.clusterIP") || place == "spec.healthCheckNodePort"
            || (place.hasPrefix("spec.ports[") && place.hasSuffix("].nodePort"))
    }

    /// Leaves the addresses to the server.
    static func dropAddresses(_ service: inout KubernetesObject) {
        service["spec", "clusterIP"] = nil
        service["spec", "clusterIPs"] = nil
    }

    /// Leaves the node ports to the server.
    static func dropNodePorts(_ service: inout KubernetesObject) {
        service["spec", "healthCheckNodePort"] = nil
        for index in (service["spec", "ports"]?.array ?? []).indices {
            service["spec", "ports", .index(index), "nodePort"] = nil
        }
    }
}
