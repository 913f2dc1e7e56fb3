package import KubernetesModel

extension Discovery {
    /// Each resource once: in its group's preferred version, or in the first version in the server's order that has it.
    package var preferredResources: [APIResource] {
        var seen: Set<GroupResource> = []
        return resources.filter { seen.insert($0.groupResource).inserted }
    }

    package func resource(_ gvr: GroupVersionResource) -> APIResource? { resources.first { $0.gvr == gvr } }

    /// The resource in its preferred version.
    package func resource(_ groupResource: GroupResource) -> APIResource? {
        resources.first { $0.groupResource == groupResource }
    }

    /// The resource whose objects carry `apiVersion` and `kind`.
    package func resource(apiVersion: String, kind: String) -> APIResource? {
        resources.first { $0.kind == kind && $0.apiVersion == apiVersion }
    }

    /// The resource of a kind, in its preferred version.
    package func resource(group: String, kind: String) -> APIResource? {
        resources.first { $0.kind == kind && $0.gvr.group == group }
    }

    /// The resources that a category such as `all` stands for, in their preferred versions.
    package func resources(inCategory category: String) -> [APIResource] {
        preferredResources.filter { $0.categories.contains(category) }
    }

    /// The resource a user means by `deploy`, `deployment`, `Deployment`, `deployments.apps` or `deployments.v1.apps`.
    ///
    /// Where several groups have the name, the core group wins, then the server's order decides, as with kubectl.
    ///
    /// - Throws: ``KubeAPIError`` with ``KubeAPIError/Code/notFound``; the message tells of groups that could not be
    ///   discovered.
    package func resolve(_ userText: String) throws(KubeAPIError) -> APIResource {
        let parts = userText.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0]
        let rest = parts.count > 1 ? parts[1] : nil
        for scope in scopes(rest) {
            let candidates = resources.filter(scope)
            let lowercased = name.lowercased()
            let found =
                candidates.first {
                    $0.gvr.resource == lowercased || (!$0.singular.isEmpty && $0.singular == lowercased)
                }
                ?? candidates.first { $0.shortNames.contains(lowercased) }
                ?? candidates.first { $0.kind.lowercased() == lowercased }
            if let found { return found }
        }
        throw KubeAPIError(.notFound, unknownMessage(userText))
    }

    /// What the part after the first dot may mean, the likelier first: a group, a version and a group, a version of the
    /// core group.
    private func scopes(_ rest: String?) -> [(APIResource) -> Bool] {
        guard let rest else { return [{ _ in true }] }
        var scopes: [(APIResource) -> Bool] = [{ $0.gvr.group == rest }]
        if let dot = rest.firstIndex(of: ".") {
            let (version, group) = (String(rest[..<dot]), String(rest[rest.index(after: dot)...]))
            scopes.append { $0.gvr.version == version && $0.gvr.group == group }
        } else {
            scopes.append { $0.gvr.group.isEmpty && $0.gvr.version == rest }
        }
        return scopes
    }

    private func unknownMessage(_ userText: String) -> String {
        var message = "The server serves no resource '\(userText)'."
        if !failures.isEmpty {
            let names = Set(failures.map(\.groupVersion)).sorted().joined(separator: ", ")
            message += " It may belong to what could not be discovered: \(names)."
        }
        return message + " 'kubectl api-resources' lists what there is."
    }
}
