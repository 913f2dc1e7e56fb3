import KubernetesModel

/// Gathers which cluster-scoped objects the selected objects of namespaces need, and what is needed to find them.
struct ClusterNeeds: Sendable {
    /// Cluster-scoped objects named by others.
    private(set) var named: Set<StoredObjectKey> = []
    /// Claims that are restored: their volumes are needed.
    private(set) var claims: Set<ObjectName> = []
    /// Namespaces of which a service account is restored: cluster role bindings to them are needed.
    private(set) var serviceAccountNamespaces: Set<String> = []
    /// Services that are restored: webhooks and APIs behind them are needed.
    private(set) var services: Set<ObjectName> = []

    /// Kinds whose objects name cluster-scoped ones, beside owner references.
    static let inspected: Set<GroupResource> = [
        "persistentvolumeclaims", "serviceaccounts", "services", "pods", "replicationcontrollers", "podtemplates",
        "deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "cronjobs.batch",
        "ingresses.networking.k8s.io", "ingresses.extensions", "rolebindings.rbac.authorization.k8s.io",
        "volumesnapshots.snapshot.storage.k8s.io",
    ]

    /// Notes what every object needs, whatever its content: its namespace, and the definition of its kind.
    mutating func collectPlace(of key: StoredObjectKey) {
        if !key.namespace.isEmpty { need("", "namespaces", key.namespace) }
        if key.group.contains(".") {
            need("apiextensions.k8s.io", "customresourcedefinitions", "\(key.resource).\(key.group)")
        }
    }

    /// Notes what an object needs.
    mutating func collect(from object: KubernetesObject, key: StoredObjectKey) {
        collectPlace(of: key)
        switch key.groupResource {
        case "persistentvolumeclaims":
            claims.insert(ObjectName(namespace: key.namespace, name: key.name))
            need("", "persistentvolumes", object["spec", "volumeName"]?.text)
            collectClaim(object["spec"])
        case "serviceaccounts": serviceAccountNamespaces.insert(key.namespace)
        case "services": services.insert(ObjectName(namespace: key.namespace, name: key.name))
        case "pods": collectPod(object["spec"])
        case "podtemplates": collectPod(object["template", "spec"])
        case "cronjobs.batch": collectPod(object["spec", "jobTemplate", "spec", "template", "spec"])
        case "statefulsets.apps":
            collectPod(object["spec", "template", "spec"])
            for claim in object["spec", "volumeClaimTemplates"]?.array ?? [] { collectClaim(claim["spec"]) }
        case "deployments.apps", "replicasets.apps", "daemonsets.apps", "jobs.batch", "replicationcontrollers":
            collectPod(object["spec", "template", "spec"])
        case "ingresses.networking.k8s.io", "ingresses.extensions":
            let annotation = object.annotations["kubernetes.io/ingress.class"]
            need("networking.k8s.io", "ingressclasses", object["spec", "ingressClassName"]?.text ?? annotation)
        case "rolebindings.rbac.authorization.k8s.io":
            needRole(of: object)
        case "volumesnapshots.snapshot.storage.k8s.io":
            let group = "snapshot.storage.k8s.io"
            need(group, "volumesnapshotclasses", object["spec", "volumeSnapshotClassName"]?.text)
            need(group, "volumesnapshotcontents", object["status", "boundVolumeSnapshotContentName"]?.text)
        default: break
        }
    }

    /// Notes what a persistent volume needs, when it belongs to a claim that is restored or is named by one.
    ///
    /// - Returns: Whether the volume is needed.
    mutating func collectVolume(_ volume: KubernetesObject, key: StoredObjectKey) -> Bool {
        let claim = volume["spec", "claimRef"]
        let claimName = claim?["name"]?.text.map { ObjectName(namespace: claim?["namespace"]?.text, name: $0) }
        guard named.contains(key) || claimName.map(claims.contains) == true else { return false }
        need("storage.k8s.io", "storageclasses", volume["spec", "storageClassName"]?.text)
        return true
    }

    /// Notes the role of a cluster role binding that grants something to a restored service account.
    ///
    /// - Returns: Whether the binding is needed.
    mutating func collectBinding(_ binding: KubernetesObject) -> Bool {
        let isNeeded = (binding["subjects"]?.array ?? []).contains { subject in
            switch subject["kind"]?.text {
            case "ServiceAccount": subject["namespace"]?.text.map(serviceAccountNamespaces.contains) ?? false
            case "Group":
                ServiceAccountSubject.namespace(ofGroup: subject["name"]?.text ?? "").map(
                    serviceAccountNamespaces.contains
                )
                    ?? false
            default: false
            }
        }
        if isNeeded { needRole(of: binding) }
        return isNeeded
    }

    /// Whether a webhook configuration calls a restored service.
    func needsWebhooks(_ configuration: KubernetesObject) -> Bool {
        (configuration["webhooks"]?.array ?? []).contains { isRestored($0["clientConfig", "service"]) }
    }

    /// Whether an API service leads to a restored service.
    func needsAPIService(_ service: KubernetesObject) -> Bool { isRestored(service["spec", "service"]) }

    private func isRestored(_ service: JSONValue?) -> Bool {
        guard let name = service?["name"]?.text else { return false }
        return services.contains(ObjectName(namespace: service?["namespace"]?.text, name: name))
    }

    mutating func need(_ key: StoredObjectKey) { named.insert(key) }

    mutating func need(_ group: String, _ resource: String, _ name: String?) {
        guard let name, !name.isEmpty else { return }
        named.insert(StoredObjectKey(group: group, resource: resource, namespace: "", name: name))
    }

    private mutating func needRole(of binding: KubernetesObject) {
        guard binding["roleRef", "kind"]?.text == "ClusterRole" else { return }
        need("rbac.authorization.k8s.io", "clusterroles", binding["roleRef", "name"]?.text)
    }

    private mutating func collectPod(_ spec: JSONValue?) {
        need("scheduling.k8s.io", "priorityclasses", spec?["priorityClassName"]?.text)
        need("node.k8s.io", "runtimeclasses", spec?["runtimeClassName"]?.text)
        for volume in spec?["volumes"]?.array ?? [] { collectClaim(volume["ephemeral", "volumeClaimTemplate", "spec"]) }
    }

    private mutating func collectClaim(_ spec: JSONValue?) {
        need("storage.k8s.io", "storageclasses", spec?["storageClassName"]?.text)
    }
}
