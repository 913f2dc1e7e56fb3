import KubeAPI
import KubernetesModel

/// Which resources of a cluster a backup lists, and how.
struct ResourceSelection: Sendable {
    /// What is taken of a resource.
    enum Extent: Sendable, Hashable {
        /// All objects that have the labels, in the selected namespaces or cluster-wide.
        case all
        /// Cluster-scoped: those that have the labels, and those that others need.
        case labelledOrNeeded
        /// Cluster-scoped: those that others need.
        case needed
    }

    struct Selected: Sendable {
        let resource: APIResource
        let extent: Extent
    }

    private(set) var selected: [Selected] = []
    private(set) var exclusions: [BackupDetails.Exclusion] = []
    /// Patterns that stand for no resource of the cluster.
    private(set) var warnings: [String] = []
    /// Resources whose names no key can hold.
    private(set) var failures: [BackupDetails.Failure] = []

    /// - Parameters:
    ///   - resources: What the cluster serves: each kind in its preferred version.
    ///   - spec: What is asked for.
    ///   - includesAllNamespaces: Whether no namespace was left out by not being named.
    /// - Throws: ``BackupEngineError`` when a kind that was named is not served.
    init(resources: [APIResource], spec: BackupSpec, includesAllNamespaces: Bool) throws {
        let included = try spec.includedResources.map(ResourceFilter.init)
        let excluded = try spec.excludedResources.map(ResourceFilter.init)
        let objects = resources.filter { $0.verbs.contains("list") }.filter { resource in
            if StoredObjectKey.isPart(resource.gvr.group), StoredObjectKey.isPart(resource.gvr.resource) { return true }
            failures.append(
                .init(
                    subject: "\(resource.groupResource)",
                    reason: "The server's name for it has a '/', which none has."
                )
            )
            return false
        }
        let meant = { (filter: ResourceFilter) in (filter: filter, resources: filter.resources(among: objects)) }
        let (inclusions, exclusions) = (included.map(meant), excluded.map(meant))
        for (filter, resources) in inclusions + exclusions where filter.isLiteral && resources.isEmpty {
            throw BackupEngineError(
                .notFound,
                "The cluster has no resource '\(filter.text)'."
                    + NearestName.hint(filter.text, among: objects.flatMap(ResourceFilter.names))
                    + " 'kubectl api-resources' lists what it has."
            )
        }
        for (option, filters) in [("--include-resources", inclusions), ("--exclude-resources", exclusions)] {
            for (filter, resources) in filters where resources.isEmpty {
                warnings.append("\(option) '\(filter.text)' matches no resource of the cluster.")
            }
        }
        for resource in objects.sorted(by: { $0.groupResource < $1.groupResource }) {
            if let rule = Self.builtInRule(for: resource, among: objects) {
                exclude(resource, rule)
            } else if let filter = exclusions.first(where: { $0.resources.contains(resource.groupResource) })?.filter {
                exclude(resource, "--exclude-resources \(filter.text)")
            } else {
                let isIncluded =
                    inclusions.isEmpty || inclusions.contains { $0.resources.contains(resource.groupResource) }
                let isNamed = inclusions.contains {
                    $0.filter.isLiteral && $0.resources.contains(resource.groupResource)
                }
                select(resource, spec, isIncluded: isIncluded, isNamed: isNamed, includesAllNamespaces)
            }
        }
    }

    private mutating func select(
        _ resource: APIResource,
        _ spec: BackupSpec,
        isIncluded: Bool,
        isNamed: Bool,
        _ includesAllNamespaces: Bool
    ) {
        guard !resource.isNamespaced else {
            if isIncluded {
                selected.append(Selected(resource: resource, extent: .all))
            } else {
                exclude(resource, "not named by --include-resources")
            }
            return
        }
        let hasLabels = !spec.labelSelector.isEmpty
        let mayBeNeeded = ClusterNeeds.candidates.contains(resource.groupResource)
        if resource.groupResource == "namespaces" {
            // The namespaces of what is stored always come along.
            let takesLabelled = hasLabels && isIncluded && spec.includeClusterResources != false
            selected.append(Selected(resource: resource, extent: takesLabelled ? .labelledOrNeeded : .needed))
            return
        }
        switch spec.includeClusterResources {
        case .some(false):
            exclude(resource, "--include-cluster-resources=false")
        case .some(true) where isIncluded, nil where isNamed || (includesAllNamespaces && isIncluded):
            // What selected objects need comes along whatever its labels.
            let extent: Extent = hasLabels && mayBeNeeded ? .labelledOrNeeded : .all
            selected.append(Selected(resource: resource, extent: extent))
        case .some(true), nil:
            if mayBeNeeded {
                selected.append(Selected(resource: resource, extent: .needed))
            } else if isIncluded {
                exclude(resource, "cluster-scoped, and not needed by the selected namespaces")
            } else {
                exclude(resource, "not named by --include-resources")
            }
        }
    }

    private mutating func exclude(_ resource: APIResource, _ rule: String) {
        exclusions.append(BackupDetails.Exclusion(subject: resource.groupResource.description, rule: rule))
    }

    /// What is left out of every backup, because it is not stored, or stored under another name.
    private static func builtInRule(for resource: APIResource, among all: [APIResource]) -> String? {
        guard resource.verbs.contains("get"), resource.verbs.contains("create") else {
            return "computed by the server: cannot be created"
        }
        let group = resource.gvr.group
        if group == "extensions" || group == "events.k8s.io" {
            let twin = all.first { other in
                other.gvr.resource == resource.gvr.resource && other.gvr.group != group
                    && (group == "extensions" || other.gvr.group.isEmpty)
            }
            if let twin { return "the same objects as \(twin.groupResource)" }
        }
        return nil
    }
}
