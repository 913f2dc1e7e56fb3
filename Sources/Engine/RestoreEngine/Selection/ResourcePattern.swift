import KubeAPI
import KubernetesModel

/// Kinds as users write them: `deployments`, `deploy`, `Deployment`, `deployments.apps`, `deployments.v1.apps`, `*.apps`.
struct ResourcePattern: Sendable {
    let text: String
    /// The part before the first dot, in lower case.
    private let name: String
    /// The part after the first dot, in lower case.
    private let suffix: String?

    init(_ text: String) {
        self.text = text
        let parts = text.lowercased().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts.first ?? "")
        suffix = parts.count > 1 ? String(parts[1]) : nil
    }

    /// Whether it stands for all resources.
    var matchesEverything: Bool { name == "*" && (suffix == nil || suffix == "*") }

    /// The resources that are meant.
    ///
    /// A name without a group means the core group's resource where there is one, as for kubectl; otherwise the
    /// resources of that name of all groups.
    ///
    /// - Parameter served: Tells short names. A kind that the cluster does not serve yet has none.
    func resources(in resources: [BackedUpResource], served: Discovery) -> Set<GroupResource> {
        let found = resources.filter { matchesGroup($0) && matchesName($0, served: served) }
        guard suffix == nil, name != "*" else { return Set(found.map(\.groupResource)) }
        let core = found.filter(\.group.isEmpty)
        return Set((core.isEmpty ? found : core).map(\.groupResource))
    }

    private func matchesGroup(_ resource: BackedUpResource) -> Bool {
        guard let suffix, suffix != "*" else { return true }
        if resource.group.isEmpty { return suffix == resource.version }
        return suffix == resource.group || suffix == "\(resource.version).\(resource.group)"
    }

    private func matchesName(_ resource: BackedUpResource, served: Discovery) -> Bool {
        if name == "*" || name == resource.resource || name == resource.kind.lowercased() { return true }
        guard let served = served.resource(resource.groupResource) else { return false }
        return name == served.singular || served.shortNames.contains(name)
    }
}
