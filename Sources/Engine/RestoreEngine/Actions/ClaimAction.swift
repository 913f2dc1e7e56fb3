import KubernetesModel

/// Frees a claim from what the volume controllers wrote; the volume stays chosen when it is there for the claim.
struct ClaimAction: RestoreAction {
    /// Written when a claim was bound.
    static let binding: Set<String> = [
        "pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller", "volume.kubernetes.io/selected-node",
        "volume.alpha.kubernetes.io/selected-node",
    ]
    /// Written when a volume was made for a claim.
    static let provisioning: Set<String> = [
        "volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner",
    ]

    let resources: Set<GroupResource>? = ["persistentvolumeclaims"]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        let dropped = context.keepsVolume ? Self.binding : Self.binding.union(Self.provisioning)
        object.annotations = object.annotations.filter { !dropped.contains($0.key) }
        if !context.keepsVolume { object["spec", "volumeName"] = nil }
        object.mapNamespace(at: ["spec", "dataSourceRef", "namespace"], context.mapping)
    }
}
