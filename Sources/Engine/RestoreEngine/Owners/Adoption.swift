import KubernetesModel

/// Built-in controllers adopt objects that their selectors match and that nobody owns.
///
/// Such objects are restored before their controllers and without the reference to them, which the controllers set.
enum Adoption {
    /// The kinds that adopt, and jobs, whose pods are made anew.
    static let controllers: Set<GroupResource> = [
        "replicationcontrollers", "replicasets.apps", "deployments.apps", "statefulsets.apps", "daemonsets.apps",
        "jobs.batch",
    ]

    /// Whether objects of `owner` adopt objects of `dependent`.
    static func adopts(owner: GroupResource, dependent: GroupResource) -> Bool {
        switch dependent {
        case "pods":
            ["replicationcontrollers", "replicasets.apps", "statefulsets.apps", "daemonsets.apps"].contains(owner)
        case "replicasets.apps": owner == "deployments.apps"
        case "controllerrevisions.apps": owner == "statefulsets.apps" || owner == "daemonsets.apps"
        default: false
        }
    }
}
