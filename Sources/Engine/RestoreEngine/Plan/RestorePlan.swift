import KubernetesModel

/// What a restore is going to do, known before the first object is sent.
struct RestorePlan: Sendable {
    /// With the needed cluster-scoped objects filled in.
    let selection: RestoreSelection
    let facts: RestoreFacts
    let order: RestoreOrder
    /// Selected objects of each resource, those included that a rule will leave out.
    let counts: [GroupResource: Int]
    /// Namespaces that selected objects lie in, of which the backup holds no object: they are made without content.
    let bareNamespaces: [String]
    /// API groups that servers behind restored API services serve.
    let aggregatedGroups: Set<String>

    var objectCount: Int { counts.values.reduce(0, +) }
}
