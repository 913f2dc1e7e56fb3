import KubernetesModel

/// Keeps a persistent volume for its claim, which will be a new object.
struct VolumeAction: RestoreAction {
    static let boundByController = "pv.kubernetes.io/bound-by-controller"
    static let provisionedBy = "pv.kubernetes.io/provisioned-by"

    let resources: Set<GroupResource>? = ["persistentvolumes"]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        object["spec", "claimRef", "uid"] = nil
        object["spec", "claimRef", "resourceVersion"] = nil
        object.mapNamespace(at: ["spec", "claimRef", "namespace"], context.mapping)
        object.annotations[Self.boundByController] = nil
    }

    /// Whether a provisioner made the storage for a claim, and deletes it with the claim.
    ///
    /// Restored as it was, such a volume would stand for storage that is gone, or that the volume of another claim stands
    /// for already, and the end of one claim would be the end of the other's data.
    static func isDeletedWithClaim(_ volume: KubernetesObject) -> Bool {
        volume["spec", "persistentVolumeReclaimPolicy"]?.text == "Delete"
            && volume.annotations[provisionedBy] != nil
    }
}
