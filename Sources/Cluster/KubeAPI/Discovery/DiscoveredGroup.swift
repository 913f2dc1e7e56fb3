import KubernetesModel

/// What a server tells of one API group, in either form of discovery.
struct DiscoveredGroup: Sendable {
    struct Version: Sendable {
        var name: String
        var resources: [APIResource]
        /// Why ``resources`` cannot be relied on; `nil` when they can.
        var failure: String?
    }

    var name: String
    /// The preferred one first.
    var versions: [Version]
}

extension DiscoveredGroup {
    /// From an item of an `APIGroupDiscoveryList`.
    init(aggregated item: JSONValue) {
        let group = item["metadata", "name"]?.text ?? ""
        name = group
        versions = (item["versions"]?.array ?? []).compactMap { version in
            guard let name = version["version"]?.text else { return nil }
            let resources = (version["resources"]?.array ?? []).compactMap {
                APIResource(aggregated: $0, group: group, version: name)
            }
            // The server remembers what an extension server said before it went away, which may be all, a part, or nothing.
            let isStale = version["freshness"]?.text == "Stale"
            let failure = "The extension API server behind it does not answer; see 'kubectl get apiservices'."
            return Version(name: name, resources: isStale ? [] : resources, failure: isStale ? failure : nil)
        }
    }
}

extension DiscoveredGroup.Version {
    /// From an `APIResourceList`.
    init(name: String, legacy entries: [JSONValue], group: String) {
        self.name = name
        var resources: [APIResource] = []
        var subresources: [String: Set<String>] = [:]
        for entry in entries {
            guard let path = entry["name"]?.text else { continue }
            if let slash = path.firstIndex(of: "/") {
                subresources[String(path[..<slash]), default: []].insert(String(path[path.index(after: slash)...]))
            } else if let kind = entry["kind"]?.text {
                resources.append(
                    APIResource(
                        gvr: GroupVersionResource(group: group, version: name, resource: path),
                        kind: kind,
                        singular: entry["singularName"]?.text ?? "",
                        shortNames: entry["shortNames"].texts,
                        categories: entry["categories"].texts,
                        isNamespaced: entry["namespaced"]?.bool ?? false,
                        verbs: Set(entry["verbs"].texts)
                    )
                )
            }
        }
        for index in resources.indices {
            resources[index].subresources = subresources[resources[index].gvr.resource] ?? []
        }
        self.resources = resources
    }
}

extension APIResource {
    /// From a resource of an `APIGroupDiscoveryList`.
    ///
    /// - Returns: `nil` for one that only carries subresources of others.
    fileprivate init?(aggregated entry: JSONValue, group: String, version: String) {
        guard let resource = entry["resource"]?.text, let kind = entry["responseKind", "kind"]?.text, !kind.isEmpty
        else { return nil }
        self.init(
            gvr: GroupVersionResource(group: group, version: version, resource: resource),
            kind: kind,
            singular: entry["singularResource"]?.text ?? "",
            shortNames: entry["shortNames"].texts,
            categories: entry["categories"].texts,
            isNamespaced: entry["scope"]?.text == "Namespaced",
            verbs: Set(entry["verbs"].texts),
            subresources: Set((entry["subresources"]?.array ?? []).compactMap { $0["subresource"]?.text })
        )
    }
}

extension JSONValue? {
    fileprivate var texts: [String] { self?.array?.compactMap(\.text) ?? [] }
}

extension Discovery.Group {
    /// From an item of an `APIGroupList`, whose versions are in order of preference but for the preferred one.
    init?(legacy item: JSONValue) {
        guard let name = item["name"]?.text else { return nil }
        var versions = (item["versions"]?.array ?? []).compactMap { $0["version"]?.text }
        if let preferred = item["preferredVersion", "version"]?.text, let index = versions.firstIndex(of: preferred) {
            versions.insert(versions.remove(at: index), at: 0)
        }
        self.init(name: name, versions: versions)
    }
}

extension Discovery {
    init(_ discovered: [DiscoveredGroup]) {
        self.init(groups: [], resources: [])
        for group in discovered {
            groups.append(Group(name: group.name, versions: group.versions.map(\.name)))
            for version in group.versions {
                resources += version.resources
                if let failure = version.failure {
                    failures.append(Failure(group: group.name, version: version.name, message: failure))
                }
            }
        }
    }
}
