import BackupEngine
import KubernetesModel

/// What a user calls the kind of an object: `Deployment`, `deploy`, `deployments`, `deployments.apps`,
/// `deployments.v1.apps`.
struct KindName {
    private let name: String
    /// What stands after the first dot: a group, a version, or a version and a group.
    private let scope: String?

    init(_ text: String) {
        let parts = text.lowercased().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts.first ?? "")
        scope = parts.count > 1 ? String(parts[1]) : nil
    }

    /// The resources of a backup that may be meant; the likelier first.
    ///
    /// One kind may be served by several groups (`ingresses`). The core group goes first, and deprecated `extensions` last.
    func candidates(among resources: [BackupDetails.ResourceCount]) -> [BackupDetails.ResourceCount] {
        resources.filter(matches).sorted { rank($0.group) < rank($1.group) }
    }

    private func rank(_ group: String) -> (Int, String) { (group.isEmpty ? 0 : group == "extensions" ? 2 : 1, group) }

    private func matches(_ resource: BackupDetails.ResourceCount) -> Bool {
        if let scope, scope != resource.group, scope != resource.version,
            scope != "\(resource.version).\(resource.group)"
        {
            return false
        }
        if name == resource.resource.lowercased() || name == resource.kind.lowercased() { return true }
        let qualified = GroupResource(group: resource.group, resource: resource.resource).description
        return Self.shortNames[name]?.contains(qualified) == true
    }

    /// The short names of the kinds that every cluster has.
    ///
    /// Those of custom resources are not in a backup.
    private static let shortNames: [String: Set<String>] = [
        "cm": ["configmaps"],
        "cs": ["componentstatuses"],
        "csr": ["certificatesigningrequests.certificates.k8s.io"],
        "cj": ["cronjobs.batch"],
        "crd": ["customresourcedefinitions.apiextensions.k8s.io"],
        "crds": ["customresourcedefinitions.apiextensions.k8s.io"],
        "deploy": ["deployments.apps", "deployments.extensions"],
        "ds": ["daemonsets.apps", "daemonsets.extensions"],
        "ep": ["endpoints"],
        "ev": ["events", "events.events.k8s.io"],
        "hpa": ["horizontalpodautoscalers.autoscaling"],
        "ing": ["ingresses.networking.k8s.io", "ingresses.extensions"],
        "limits": ["limitranges"],
        "netpol": ["networkpolicies.networking.k8s.io", "networkpolicies.extensions"],
        "no": ["nodes"],
        "ns": ["namespaces"],
        "pc": ["priorityclasses.scheduling.k8s.io"],
        "pdb": ["poddisruptionbudgets.policy"],
        "po": ["pods"],
        "psp": ["podsecuritypolicies.policy"],
        "pv": ["persistentvolumes"],
        "pvc": ["persistentvolumeclaims"],
        "quota": ["resourcequotas"],
        "rc": ["replicationcontrollers"],
        "rs": ["replicasets.apps", "replicasets.extensions"],
        "sa": ["serviceaccounts"],
        "sc": ["storageclasses.storage.k8s.io"],
        "sts": ["statefulsets.apps"],
        "svc": ["services"],
    ]
}
