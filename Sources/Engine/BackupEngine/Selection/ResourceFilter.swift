import KubernetesModel

/// A kind as a user writes it: `deploy`, `Deployment`, `deployments.apps`, `deployments.v1.apps`, `deployments.*`,
/// `*.apps`, `*`.
struct ResourceFilter: Sendable {
    let text: String
    private let resource: Glob
    private let group: Glob?

    init(_ text: String) throws {
        self.text = text
        let name = text.prefix { $0 != "." }
        let rest = text.dropFirst(name.count + 1)
        guard let resource = Glob(name.lowercased()), !name.isEmpty else {
            throw BackupEngineError(.invalidSpec, "'\(text)' is not the name of a resource, nor a pattern for names.")
        }
        self.resource = resource
        group = rest.isEmpty ? nil : Glob(String(rest))
    }

    /// Whether it is the name of one kind, without wildcards.
    var isLiteral: Bool { resource.isLiteral }

    /// The resources that are meant.
    ///
    /// A name without a group means the core group's resource where there is one, as for kubectl and for a restore;
    /// otherwise the resources of that name of all groups.
    func resources(among candidates: [APIResource]) -> Set<GroupResource> {
        let found = candidates.filter(matches)
        guard group == nil, isLiteral else { return Set(found.map(\.groupResource)) }
        let core = found.filter(\.gvr.group.isEmpty)
        return Set((core.isEmpty ? found : core).map(\.groupResource))
    }

    private func matches(_ candidate: APIResource) -> Bool {
        if let group {
            let groups = [
                candidate.gvr.group, "\(candidate.gvr.version).\(candidate.gvr.group)", candidate.gvr.version,
            ]
            guard groups.contains(where: group.matches) else { return false }
        }
        return Self.names(of: candidate).contains(where: resource.matches)
    }

    /// What a resource is called, without its group.
    static func names(of resource: APIResource) -> [String] {
        ([resource.gvr.resource, resource.singular, resource.kind.lowercased()] + resource.shortNames)
            .filter { !$0.isEmpty }
    }
}
