import KubernetesModel

/// Takes back what scheduling and admission did to a pod; they do it again.
///
/// Default tolerations stay.
struct PodAction: RestoreAction {
    let resources: Set<GroupResource>? = ["pods"]

    private static let containerLists: [JSONPathStep] = ["containers", "initContainers"]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        object["spec", "nodeName"] = nil
        // Computed from the priority class; a value that is not the class's is refused.
        object["spec", "priority"] = nil
        object["spec", "preemptionPolicy"] = nil
        if object["spec", "ephemeralContainers"]?.array?.isEmpty == false {
            context.remarks.append("Its ephemeral containers are left out: a pod cannot be created with them.")
        }
        object["spec", "ephemeralContainers"] = nil
        dropTokenVolumes(&object)
    }

    private func dropTokenVolumes(_ pod: inout KubernetesObject) {
        guard let volumes = pod["spec", "volumes"]?.array else { return }
        let account = pod["spec", "serviceAccountName"]?.text ?? "default"
        let names = Set(volumes.filter { isToken($0, of: account) }.compactMap { $0["name"]?.text })
        guard !names.isEmpty else { return }
        let kept = volumes.filter { $0["name"]?.text.map { !names.contains($0) } ?? true }
        pod["spec", "volumes"] = kept.isEmpty ? nil : .array(kept)
        for list in Self.containerLists {
            for (index, container) in (pod["spec", list]?.array ?? []).enumerated() {
                guard let mounts = container["volumeMounts"]?.array else { continue }
                let kept = mounts.filter { $0["name"]?.text.map { !names.contains($0) } ?? true }
                pod["spec", list, .index(index), "volumeMounts"] = kept.isEmpty ? nil : .array(kept)
            }
        }
    }

    /// Whether admission added the volume, to mount the token of the pod's service account.
    private func isToken(_ volume: JSONValue, of account: String) -> Bool {
        guard let name = volume["name"]?.text else { return false }
        if GeneratedName.isGenerated(name, base: "kube-api-access") {
            return volume["projected", "sources"]?.array?.contains { $0["serviceAccountToken"] != nil } ?? false
        }
        guard let secret = volume["secret", "secretName"]?.text, GeneratedName.isToken(secret, of: account) else {
            return false
        }
        return GeneratedName.base(of: name)?.hasSuffix("-token") ?? false
    }
}
