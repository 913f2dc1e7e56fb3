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
        let isDeletedWithClaim = object["spec", "persistentVolumeReclaimPolicy"]?.text == "Delete"
        if isDeletedWithClaim, object.annotations[Self.provisionedBy] != nil {
            context.remarks.append(
                "Its storage was to be deleted with its claim (reclaim policy Delete), and a backup of objects holds no data "
                    + "of volumes: check that the storage still exists."
            )
        }
    }
}
