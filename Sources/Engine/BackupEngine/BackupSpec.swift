import Repository

/// What a backup is to hold.
///
/// The names of the fields are those of Velero's flags.
package struct BackupSpec: Codable, Sendable, Hashable {
    /// Names or globs (`*`, `?`, `[a-z]`); empty includes all.
    package var includedNamespaces: [String] = []
    package var excludedNamespaces: [String] = []
    /// Kinds as users write them: `deployments`, `deploy`, `deployments.apps`, `*.apps`; empty includes all.
    package var includedResources: [String] = []
    package var excludedResources: [String] = []
    /// `true`: all cluster-scoped objects that the other filters let through; `false`: none; `nil`: all when every
    /// namespace is included, otherwise those that the included namespaces need.
    package var includeClusterResources: Bool?
    /// In kubectl's syntax; empty selects all.
    package var labelSelector = ""
    /// Whether Kubernetes objects are backed up at all.
    package var includesObjects = true
    /// Whether the etcd database is backed up.
    package var includesEtcd = false

    package init() {}
}

extension BackupSpec {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        includedNamespaces = try fields.value(.includedNamespaces, or: [])
        excludedNamespaces = try fields.value(.excludedNamespaces, or: [])
        includedResources = try fields.value(.includedResources, or: [])
        excludedResources = try fields.value(.excludedResources, or: [])
        includeClusterResources = try fields.decodeIfPresent(Bool.self, forKey: .includeClusterResources)
        labelSelector = try fields.value(.labelSelector, or: "")
        includesObjects = try fields.value(.includesObjects, or: true)
        includesEtcd = try fields.value(.includesEtcd, or: false)
    }
}
