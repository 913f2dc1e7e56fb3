import KubernetesModel

extension RestoreRule {
    /// The rule by which an object is not restored; `nil` when it is restored.
    static func rule(for object: KubernetesObject, key: StoredObjectKey, facts: RestoreFacts) -> RestoreRule? {
        if let rule = nonRestorableResources[key.qualifiedResource] { return rule }
        if key.isNamespaceObject, facts.terminatingNamespaces.contains(key.name) { return beingDeleted }
        if facts.terminatingNamespaces.contains(key.namespace) { return namespaceBeingDeleted }
        if object.deletionTimestamp != nil { return beingDeleted }
        switch key.groupResource {
        case "pods": return podRule(object, facts)
        case "jobs.batch": return isFinished(object) ? finishedJob : nil
        case "configmaps": return configMapRule(key)
        case "persistentvolumes": return VolumeAction.isDeletedWithClaim(object) ? provisionedVolume : nil
        case "secrets": return isGeneratedToken(object, key, facts) ? generatedToken : nil
        case "services": return isOfAPIServer(key.namespace, key.name) ? builtInService : nil
        case "endpoints":
            if isOfAPIServer(key.namespace, key.name) { return builtInService }
            let service = ObjectName(namespace: key.namespace, name: key.name)
            return facts.servicesWithSelector.contains(service) ? managedEndpoints : nil
        case "endpointslices.discovery.k8s.io": return endpointSliceRule(object, key)
        case "leases.coordination.k8s.io": return key.namespace.hasPrefix("kube-") ? serverLease : nil
        case "priorityclasses.scheduling.k8s.io": return key.name.hasPrefix("system-") ? builtInPriorityClass : nil
        case "apiservices.apiregistration.k8s.io": return isAutomanaged(object) ? builtInAPIService : nil
        default: return nil
        }
    }

    /// The rule by which an object that the cluster has already is left alone without a comparison.
    static func rule(forExisting object: KubernetesObject, key: StoredObjectKey) -> RestoreRule? {
        switch key.group {
        case "rbac.authorization.k8s.io":
            return object.labels["kubernetes.io/bootstrapping"] == "rbac-defaults" ? serverDefault : nil
        case "flowcontrol.apiserver.k8s.io":
            return object.annotations["apf.kubernetes.io/autoupdate-spec"] == "true" ? serverDefault : nil
        case "coordination.k8s.io":
            return key.resource == "leases" ? heldLease : nil
        default:
            return nil
        }
    }

    private static func podRule(_ pod: KubernetesObject, _ facts: RestoreFacts) -> RestoreRule? {
        if pod.annotations["kubernetes.io/config.mirror"] != nil { return mirrorPod }
        let phase = pod["status", "phase"]?.text
        if phase == "Succeeded" || phase == "Failed" { return finishedPod }
        let job = pod.ownerReferences.first { $0.isController && $0.kind == "Job" && $0.apiVersion.hasPrefix("batch/") }
        return job.map { facts.controllers.contains(ObjectUID($0.uid)) } == true ? podOfJob : nil
    }

    static func isFinished(_ job: KubernetesObject) -> Bool {
        if job["status", "completionTime"]?.text != nil { return true }
        return (job["status", "conditions"]?.array ?? []).contains { condition in
            let type = condition["type"]?.text
            return (type == "Complete" || type == "Failed") && condition["status"]?.text == "True"
        }
    }

    private static func configMapRule(_ key: StoredObjectKey) -> RestoreRule? {
        if key.name == "kube-root-ca.crt" { return rootCertificates }
        let isServers = key.namespace == "kube-system" && key.name == "extension-apiserver-authentication"
        return isServers ? serverConfiguration : nil
    }

    /// The token controller made it when its account lists it; one made by hand may have such a name, but then the
    /// account does not list it.
    private static func isGeneratedToken(
        _ secret: KubernetesObject,
        _ key: StoredObjectKey,
        _ facts: RestoreFacts
    ) -> Bool {
        guard secret["type"]?.text == SecretAction.tokenType,
            let account = secret.annotations["kubernetes.io/service-account.name"]
        else { return false }
        return GeneratedName.isToken(key.name, of: account)
            && facts.generatedTokens.contains(ObjectName(namespace: key.namespace, name: key.name))
    }

    private static func endpointSliceRule(_ slice: KubernetesObject, _ key: StoredObjectKey) -> RestoreRule? {
        let controllers = ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"]
        if let manager = slice.labels["endpointslice.kubernetes.io/managed-by"], controllers.contains(manager) {
            return managedEndpoints
        }
        return isOfAPIServer(key.namespace, key.name) ? builtInService : nil
    }

    private static func isOfAPIServer(_ namespace: String, _ name: String) -> Bool {
        namespace == "default" && name == "kubernetes"
    }

    /// An API service without a service behind it is the API server's own.
    private static func isAutomanaged(_ service: KubernetesObject) -> Bool {
        service.labels["kube-aggregator.kubernetes.io/automanaged"] != nil || service["spec", "service"]?.object == nil
    }
}
