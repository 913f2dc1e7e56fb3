extension ClusterNeeds {
    package static let clusterRoles: GroupResource = "clusterroles.rbac.authorization.k8s.io"

    /// The cluster-scoped resources whose objects may be needed, in the order in which ``take(_:key:)`` must see them:
    /// what refers to others comes first.
    ///
    /// Cluster roles are put together from others in any order: see ``ClusterRoleAggregation``.
    package static let candidates: [GroupResource] = [
        "persistentvolumes",
        "volumegroupsnapshotcontents.groupsnapshot.storage.k8s.io",
        "volumesnapshotcontents.snapshot.storage.k8s.io",
        "volumegroupsnapshotclasses.groupsnapshot.storage.k8s.io",
        "volumesnapshotclasses.snapshot.storage.k8s.io",
        "storageclasses.storage.k8s.io",
        "volumeattributesclasses.storage.k8s.io",
        "csidrivers.storage.k8s.io",
        "clusterrolebindings.rbac.authorization.k8s.io",
        clusterRoles,
        "priorityclasses.scheduling.k8s.io",
        "runtimeclasses.node.k8s.io",
        "deviceclasses.resource.k8s.io",
        "ingressclasses.networking.k8s.io",
        "gatewayclasses.gateway.networking.k8s.io",
        "validatingadmissionpolicies.admissionregistration.k8s.io",
        "mutatingadmissionpolicies.admissionregistration.k8s.io",
        // What stands above may be of custom kinds.
        "customresourcedefinitions.apiextensions.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "apiservices.apiregistration.k8s.io",
        // Everything namespaced needs its namespace; a namespace needs nothing.
        "namespaces",
    ]

    /// The resources whose objects may be needed though nothing names them, because they refer to what is selected.
    package static let implied: Set<GroupResource> = [
        "persistentvolumes", "volumesnapshotcontents.snapshot.storage.k8s.io",
        "volumegroupsnapshotcontents.groupsnapshot.storage.k8s.io",
        "clusterrolebindings.rbac.authorization.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io", "apiservices.apiregistration.k8s.io",
    ]

    /// The resources of which more than the key must be read to know what an object needs.
    package static let inspected: Set<GroupResource> = PodTemplates.resources.union([
        "persistentvolumeclaims", "serviceaccounts", "services", "ingresses.networking.k8s.io",
        "ingresses.extensions", "gateways.gateway.networking.k8s.io", "resourceclaims.resource.k8s.io",
        "resourceclaimtemplates.resource.k8s.io", "volumesnapshots.snapshot.storage.k8s.io",
        "volumegroupsnapshots.groupsnapshot.storage.k8s.io", "rolebindings.rbac.authorization.k8s.io",
        "clusterrolebindings.rbac.authorization.k8s.io", "persistentvolumes", "storageclasses.storage.k8s.io",
        "volumeattributesclasses.storage.k8s.io", "volumesnapshotcontents.snapshot.storage.k8s.io",
        "volumegroupsnapshotcontents.groupsnapshot.storage.k8s.io", "volumesnapshotclasses.snapshot.storage.k8s.io",
        "volumegroupsnapshotclasses.groupsnapshot.storage.k8s.io",
        "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    ])
}
