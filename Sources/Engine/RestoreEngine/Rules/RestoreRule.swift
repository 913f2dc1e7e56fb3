/// Why an object of a backup is not restored: a rule with a name, and the reason behind it.
struct RestoreRule: Sendable, Hashable, CustomStringConvertible {
    let name: String
    let reason: String

    init(_ name: String, _ reason: String) {
        self.name = name
        self.reason = reason
    }

    /// As it stands in reports.
    var description: String { "\(name): \(reason)" }
}

extension RestoreRule {
    static let beingDeleted = RestoreRule("being-deleted", "it was being deleted when it was backed up")
    static let namespaceBeingDeleted = RestoreRule(
        "namespace-being-deleted",
        "its namespace was being deleted when it was backed up"
    )
    static let mirrorPod = RestoreRule("mirror-pod", "the kubelet makes it from a file on its node")
    static let finishedPod = RestoreRule("finished-pod", "it had run to its end; restored, it would run again")
    static let finishedJob = RestoreRule(
        "finished-job",
        "it had run to its end; restored, it would run again. The backup keeps its history: 'kbackup show'"
    )
    static let podOfJob = RestoreRule("pod-of-job", "its job is restored and makes its pods anew")
    static let managedEndpoints = RestoreRule(
        "managed-endpoints",
        "a controller makes it from the service and its pods"
    )
    static let rootCertificates = RestoreRule(
        "root-certificates",
        "the controller manager writes the authority of its own cluster into each namespace"
    )
    static let generatedToken = RestoreRule(
        "generated-token",
        "the token controller makes tokens for service accounts itself"
    )
    static let builtInPriorityClass = RestoreRule("built-in-priority-class", "the API server makes it")
    static let builtInAPIService = RestoreRule("automanaged-api-service", "the API server makes it")
    static let builtInService = RestoreRule("built-in-service", "the API server makes its own service and endpoints")
    static let serverLease = RestoreRule("server-lease", "the servers of the cluster renew it all the time")
    static let serverConfiguration = RestoreRule("server-configuration", "the API server writes it for its own cluster")
    static let heldLease = RestoreRule("held-lease", "the cluster has it, and its holder renews it")
    static let serverDefault = RestoreRule(
        "server-default",
        "the cluster has it, and its API server keeps it as it should be"
    )
    static let provisionedVolume = RestoreRule(
        "provisioned-volume",
        "it was made for its claim and its storage is deleted with it (reclaim policy Delete); the backup holds none of its "
            + "data, and its claim gets a new, empty volume"
    )
    static let notCreatable = RestoreRule("not-creatable", "the API offers no way to create it")

    /// Resources of which nothing is restored.
    static let nonRestorableResources: [String: RestoreRule] = [
        "nodes": RestoreRule("nodes", "kubelets register their nodes themselves"),
        "events": RestoreRule("events", "they tell what happened in the cluster that was backed up"),
        "events.events.k8s.io": RestoreRule("events", "they tell what happened in the cluster that was backed up"),
        "componentstatuses": RestoreRule("component-statuses", "the API server computes them"),
        "csinodes.storage.k8s.io": RestoreRule("csi-nodes", "kubelets register their drivers themselves"),
        "volumeattachments.storage.k8s.io": RestoreRule(
            "volume-attachments",
            "controllers attach volumes to the nodes of their own cluster"
        ),
        "csistoragecapacities.storage.k8s.io": RestoreRule("storage-capacities", "drivers measure them"),
        "certificatesigningrequests.certificates.k8s.io": RestoreRule(
            "certificate-requests",
            "the server notes who asked; who needs a certificate has to ask anew"
        ),
        "backups.velero.io": RestoreRule("velero-runs", "Velero would run them again"),
        "restores.velero.io": RestoreRule("velero-runs", "Velero would run them again"),
        "resticrepositories.velero.io": RestoreRule("velero-repositories", "Velero makes them itself"),
        "backuprepositories.velero.io": RestoreRule("velero-repositories", "Velero makes them itself"),
    ]
}
