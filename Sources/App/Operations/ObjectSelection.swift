import BackupEngine
import RestoreEngine

/// Which objects a backup or a restore is about.
///
/// Names are those of the flags.
package struct ObjectSelection: Sendable, Equatable {
    package var includedNamespaces: [String]
    package var excludedNamespaces: [String]
    package var includedResources: [String]
    package var excludedResources: [String]
    package var labelSelector: String
    /// `nil` takes cluster-scoped objects when every namespace is included, otherwise those that are needed.
    package var includeClusterResources: Bool?

    package init(
        includedNamespaces: [String] = [],
        excludedNamespaces: [String] = [],
        includedResources: [String] = [],
        excludedResources: [String] = [],
        labelSelector: String = "",
        includeClusterResources: Bool? = nil
    ) {
        self.includedNamespaces = includedNamespaces
        self.excludedNamespaces = excludedNamespaces
        self.includedResources = includedResources
        self.excludedResources = excludedResources
        self.labelSelector = labelSelector
        self.includeClusterResources = includeClusterResources
    }

    func backupSpec(includesObjects: Bool, includesEtcd: Bool) -> BackupSpec {
        var spec = BackupSpec()
        spec.includedNamespaces = Self.names(includedNamespaces)
        spec.excludedNamespaces = Self.names(excludedNamespaces)
        spec.includedResources = Self.names(includedResources)
        spec.excludedResources = Self.names(excludedResources)
        spec.labelSelector = labelSelector
        spec.includeClusterResources = includeClusterResources
        spec.includesObjects = includesObjects
        spec.includesEtcd = includesEtcd
        return spec
    }

    func restoreSpec(namespaceMappings: [String: String]) -> RestoreSpec {
        var spec = RestoreSpec()
        spec.includedNamespaces = Self.names(includedNamespaces)
        spec.excludedNamespaces = Self.names(excludedNamespaces)
        spec.includedResources = Self.names(includedResources)
        spec.excludedResources = Self.names(excludedResources)
        spec.labelSelector = labelSelector
        spec.includeClusterResources = includeClusterResources
        spec.namespaceMappings = namespaceMappings
        return spec
    }

    /// `*` alone stands for everything, which is what an empty list says.
    private static func names(_ names: [String]) -> [String] { names == ["*"] ? [] : names }
}
