import Repository

/// What a restore is to bring back, and how.
///
/// The names of the fields are those of Velero's flags.
package struct RestoreSpec: Codable, Sendable, Hashable {
    /// Names or globs, of namespaces as they are in the backup; empty includes all.
    package var includedNamespaces: [String] = []
    package var excludedNamespaces: [String] = []
    /// Kinds as users write them; empty includes all.
    package var includedResources: [String] = []
    package var excludedResources: [String] = []
    package var labelSelector = ""
    /// `true`: all cluster-scoped objects of the backup; `false`: none; `nil`: all when every namespace is included,
    /// otherwise those that the included namespaces need.
    package var includeClusterResources: Bool?
    /// From the namespace in the backup to the one in the cluster.
    package var namespaceMappings: [String: String] = [:]

    package init() {}
}

extension RestoreSpec {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        includedNamespaces = try fields.value(.includedNamespaces, or: [])
        excludedNamespaces = try fields.value(.excludedNamespaces, or: [])
        includedResources = try fields.value(.includedResources, or: [])
        excludedResources = try fields.value(.excludedResources, or: [])
        labelSelector = try fields.value(.labelSelector, or: "")
        includeClusterResources = try fields.decodeIfPresent(Bool.self, forKey: .includeClusterResources)
        namespaceMappings = try fields.value(.namespaceMappings, or: [:])
    }
}
