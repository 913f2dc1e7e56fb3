/// Where the built-in kinds hold the specifications of pods and of volume claims.
package enum PodTemplates {
    /// The resources whose objects are pods, or make pods.
    package static let resources: Set<GroupResource> = [
        "pods", "podtemplates", "replicationcontrollers", "deployments.apps", "replicasets.apps", "statefulsets.apps",
        "daemonsets.apps", "jobs.batch", "cronjobs.batch",
    ]

    /// The `spec` of each pod that an object is or describes.
    package static func specs(in object: KubernetesObject, of key: StoredObjectKey) -> [JSONValue] {
        let spec: JSONValue? =
            switch GroupResource(group: key.group, resource: key.resource) {
            case "pods": object["spec"]
            case "podtemplates": object["template", "spec"]
            case "cronjobs.batch": object["spec", "jobTemplate", "spec", "template", "spec"]
            case let resource where resources.contains(resource): object["spec", "template", "spec"]
            default: nil
            }
        return spec.map { [$0] } ?? []
    }

    /// The claims that an object makes of templates, beside those within pods.
    package static func claims(in object: KubernetesObject, of key: StoredObjectKey) -> [JSONValue] {
        guard key.group == "apps", key.resource == "statefulsets" else { return [] }
        return object["spec", "volumeClaimTemplates"]?.array ?? []
    }
}
