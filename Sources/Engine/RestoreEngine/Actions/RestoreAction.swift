import KubernetesModel

/// Changes objects of some kinds from what they were in one cluster to what has to be sent to another.
///
/// Actions are pure: what they have to know of the cluster stands in their context. They find their way in any JSON: an
/// object that does not look as its kind should stays as it is, for the server to judge.
protocol RestoreAction: Sendable {
    /// The resources it is about; `nil` for all.
    var resources: Set<GroupResource>? { get }

    func apply(to object: inout KubernetesObject, in context: inout ActionContext)
}

/// What actions know of the restore, and what they have to tell.
struct ActionContext: Sendable {
    /// Whether the cluster writes the object's status through a subresource, and drops it from a create.
    var hasStatusSubresource = true
    var mapping = NamespaceMapping()
    /// Whether the volume that a claim names will be there for it.
    var keepsVolume = true
    /// What should be known of the object: full sentences without the object's name.
    var remarks: [String] = []
}

/// The actions in their order.
enum RestoreActions {
    static let all: [any RestoreAction] = [
        // Before the metadata goes: these look at managedFields.
        ServiceAction(),
        StatusAction(),
        MetadataAction(),
        NamespaceAction(),
        DefinitionAction(),
        VolumeAction(),
        ClaimAction(),
        ServiceAccountAction(),
        SecretAction(),
        RoleBindingAction(),
        EndpointsAction(),
        PodAction(),
        JobAction(),
        APIServiceAction(),
        WebhookAction(),
    ]

    static func apply(to object: inout KubernetesObject, of resource: GroupResource, in context: inout ActionContext) {
        for action in all where action.resources?.contains(resource) ?? true {
            action.apply(to: &object, in: &context)
        }
    }
}
