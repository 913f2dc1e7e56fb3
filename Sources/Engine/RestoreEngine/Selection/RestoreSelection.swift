import KubeAPI
import KubernetesModel
import Repository

/// Which objects of a backup are wanted, as far as their keys tell.
struct RestoreSelection: Sendable {
    /// What is taken of the cluster-scoped objects.
    enum ClusterScope: Sendable, Hashable {
        case all
        case none
        /// What the selected namespaced objects need.
        case needed
    }

    /// Of the backup.
    let namespaces: Set<String>
    /// The resources that the filters on kinds let through.
    let resources: Set<GroupResource>
    /// Never taken, not even when something needs them.
    let excludedResources: Set<GroupResource>
    let clusterScope: ClusterScope
    let labels: LabelSelector
    /// Cluster-scoped objects that others need; they are taken whatever their labels and kind.
    var needed: Set<StoredObjectKey> = []
    private let namespacedResources: Set<GroupResource>

    /// Reads what the user asks for.
    ///
    /// - Parameter served: Of the cluster to restore into: it knows short names.
    /// - Throws: ``RestoreError`` for namespaces and kinds that the backup does not have.
    init(_ spec: RestoreSpec, resources: [BackedUpResource], namespaces: [String], served: Discovery)
        throws(RestoreError)
    {
        labels = try Self.labelSelector(spec.labelSelector)
        self.namespaces = try Self.namespaces(spec, in: namespaces)
        let excluded = try Self.resources(spec.excludedResources, in: resources, served: served)
        let included = try Self.resources(spec.includedResources, in: resources, served: served)
        let all = Set(resources.map(\.groupResource))
        self.resources = (spec.includedResources.isEmpty ? all : included).subtracting(excluded)
        excludedResources = excluded
        namespacedResources = Set(resources.filter(\.isNamespaced).map(\.groupResource))
        clusterScope =
            switch spec.includeClusterResources {
            case true?: .all
            case false?: .none
            case nil: Self.includesAllNamespaces(spec) ? .all : .needed
            }
    }

    /// Whether the object of that key is wanted.
    ///
    /// Labels are another question: ``takesLabels(of:_:)``.
    func includes(_ key: StoredObjectKey) -> Bool {
        let resource = key.groupResource
        if key.isNamespaceObject {
            return namespaces.contains(key.name) && (resources.contains(resource) || needed.contains(key))
        }
        if namespacedResources.contains(resource) {
            return resources.contains(resource) && namespaces.contains(key.namespace)
        }
        return takesWhole(resource) || needed.contains(key)
    }

    /// Whether objects of a resource may be wanted whose keys are lost and were in a range.
    func mayInclude(_ resource: GroupResource, in range: ManifestKeyRange) -> Bool {
        if needed.contains(where: { $0.groupResource == resource && range.contains($0.bytes) }) { return true }
        guard resources.contains(resource) else { return false }
        if resource == "namespaces" {
            return namespaces.contains { name in
                range.contains(StoredObjectKey(group: "", resource: "namespaces", namespace: "", name: name).bytes)
            }
        }
        guard namespacedResources.contains(resource) else { return takesWhole(resource) }
        return namespaces.contains { namespace in
            let prefix = StoredObjectKey.prefix(
                group: resource.group,
                resource: resource.resource,
                namespace: namespace
            )
            return range.overlaps(ManifestKeyRange(prefix: prefix))
        }
    }

    /// Whether an object that ``includes(_:)`` takes has the wanted labels, or is needed whatever its labels.
    func takesLabels(of key: StoredObjectKey, _ object: KubernetesObject) -> Bool {
        labels.requirements.isEmpty || needed.contains(key) || labels.matches(object.labels)
    }

    /// Whether the objects of a cluster-scoped resource are wanted for themselves, as far as their labels allow.
    func takesWhole(_ resource: GroupResource) -> Bool {
        clusterScope == .all && resources.contains(resource) && !namespacedResources.contains(resource)
    }

    func isNamespaced(_ resource: GroupResource) -> Bool { namespacedResources.contains(resource) }

    private static func includesAllNamespaces(_ spec: RestoreSpec) -> Bool {
        spec.includedNamespaces.isEmpty || spec.includedNamespaces.contains("*")
    }

    private static func labelSelector(_ text: String) throws(RestoreError) -> LabelSelector {
        do {
            return try LabelSelector(parsing: text)
        } catch {
            throw RestoreError(.invalidSpec, error.message)
        }
    }

    private static func namespaces(_ spec: RestoreSpec, in names: [String]) throws(RestoreError) -> Set<String> {
        let included = spec.includedNamespaces.isEmpty ? ["*"] : spec.includedNamespaces
        let wanted = try matches(included, in: names)
        let unwanted = try matches(spec.excludedNamespaces, in: names)
        for (source, target) in spec.namespaceMappings {
            guard names.contains(source) else { throw unknownNamespace(source, in: names) }
            guard isNamespaceName(target) else {
                throw RestoreError(.invalidSpec, "'\(target)' cannot be the name of a namespace.")
            }
        }
        let selected = wanted.subtracting(unwanted)
        try checkTargets(of: selected, NamespaceMapping(spec.namespaceMappings))
        return selected
    }

    /// Objects of two namespaces may have the same names: they cannot go into one.
    private static func checkTargets(of selected: Set<String>, _ mapping: NamespaceMapping) throws(RestoreError) {
        var sources: [String: String] = [:]
        for source in selected.sorted() {
            guard let other = sources.updateValue(source, forKey: mapping(source)) else { continue }
            throw RestoreError(
                .invalidSpec,
                "Both namespace '\(other)' and namespace '\(source)' of the backup would become '\(mapping(source))', where "
                    + "their objects may get in each other's way. Map one of them to another name, or leave one out."
            )
        }
    }

    private static func matches(_ patterns: [String], in names: [String]) throws(RestoreError) -> Set<String> {
        var found: Set<String> = []
        for pattern in patterns {
            guard let glob = Glob(pattern) else {
                throw RestoreError(
                    .invalidSpec,
                    "'\(pattern)' is no name or pattern of namespaces: its '[' does not end."
                )
            }
            let matching = names.filter(glob.matches)
            guard !matching.isEmpty || glob.matchesEverything else { throw unknownNamespace(pattern, in: names) }
            found.formUnion(matching)
        }
        return found
    }

    private static func unknownNamespace(_ pattern: String, in names: [String]) -> RestoreError {
        RestoreError(
            .notFound,
            "The backup holds no namespace '\(pattern)'. It holds \(listed(names.sorted(), none: "no namespace at all"))."
        )
    }

    private static func resources(
        _ patterns: [String],
        in resources: [BackedUpResource],
        served: Discovery
    ) throws(RestoreError) -> Set<GroupResource> {
        var found: Set<GroupResource> = []
        for pattern in patterns.map(ResourcePattern.init) {
            let matching = pattern.resources(in: resources, served: served)
            guard !matching.isEmpty || pattern.matchesEverything else {
                let names = resources.map(\.groupResource.description).sorted()
                throw RestoreError(
                    .notFound,
                    "The backup holds no objects of kind '\(pattern.text)'. It holds \(listed(names, none: "no objects"))."
                )
            }
            found.formUnion(matching)
        }
        return found
    }

    private static func listed(_ names: [String], none: String) -> String {
        names.isEmpty ? none : names.joined(separator: ", ")
    }

    /// A DNS label: up to 63 lower-case letters, digits and `-`, with no `-` at the ends.
    private static func isNamespaceName(_ name: String) -> Bool {
        let hyphen = UInt8(ascii: "-")
        let isAllowed = name.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || byte == hyphen
        }
        return isAllowed && (1...63).contains(name.utf8.count) && name.utf8.first != hyphen && name.utf8.last != hyphen
    }
}
