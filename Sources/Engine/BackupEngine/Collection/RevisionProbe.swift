import KubeAPI
import KubernetesModel

/// Finds out which resources do not share the revision of the cluster's etcd.
///
/// Aggregated APIs may keep their objects anywhere, and events are often given an etcd of their own. Asked for the
/// cluster's revision, such a server may refuse, or answer with a state of long ago and call it that revision. But where a
/// resource is of the same etcd, its revision now lies between one that was read before and one that is read after.
struct RevisionProbe: Sendable {
    let client: KubeClient

    private static let apiServices: GroupResource = "apiservices.apiregistration.k8s.io"

    /// The cluster's revision now, as the list of its namespaces tells it; `nil` when the server does not.
    func currentRevision() async throws -> String? { try await currentRevision(of: .namespaces) }

    private func currentRevision(of resource: APIResource, namespace: String? = nil) async throws -> String? {
        var options = ListOptions()
        options.limit = 1
        return Self.usable(
            try await client.listPage(resource, namespace: namespace, options: options) { _ in }.resourceVersion
        )
    }

    /// A revision that a server tells, unless it is one of those that mean none.
    static func usable(_ revision: String?) -> String? { revision == "" || revision == "0" ? nil : revision }

    /// Whether a resource shares the cluster's revision, which was `before` a moment ago.
    ///
    /// What cannot be read counts as shared: the list itself will tell what is wrong.
    func isShared(by resource: APIResource, namespace: String?, since before: String) async throws -> Bool {
        do {
            let own = try await currentRevision(of: resource, namespace: namespace)
            return Self.isBetween(before, own, try await currentRevision())
        } catch is KubeAPIError {
            return true
        }
    }

    /// What is known of the resources that do not share the cluster's revision.
    struct Apart {
        var resources: Set<GroupResource> = []
        /// What could not be found out.
        var warnings: [String] = []
    }

    /// As many resources of one server are tried: of some, lists may be forbidden.
    private static let mostTried = 3

    /// Of the lists to make, the resources that do not share the cluster's revision.
    ///
    /// What cannot be found out, because lists are forbidden, counts as shared: it is listed at the revision if the server
    /// can, and each list says what it is of.
    ///
    /// - Parameters:
    ///   - served: All that discovery shows.
    ///   - before: The cluster's revision a moment ago.
    func resourcesApart(
        among units: [ListUnit],
        served: [APIResource],
        since before: String?
    ) async throws -> Apart {
        guard let before, UInt64(before) != nil else { return Apart() }
        let groups = try await aggregatedGroups(served)
        // The resources of an aggregated group come from one server.
        func server(_ unit: ListUnit) -> String? {
            let resource = unit.resource.groupResource
            if resource == "events" { return "events" }
            return groups(resource.group) ? "group \(resource.group)" : nil
        }
        var found: [String: String?] = [:]
        var refused: [String: (tried: Set<GroupResource>, error: KubeAPIError)] = [:]
        for unit in units {
            guard let server = server(unit), found[server] == nil else { continue }
            let tried = refused[server]?.tried ?? []
            guard tried.count < Self.mostTried, !tried.contains(unit.resource.groupResource) else { continue }
            do {
                found[server] = .some(try await currentRevision(of: unit.resource, namespace: unit.namespace))
            } catch let error as KubeAPIError {
                refused[server] = (tried.union([unit.resource.groupResource]), error)
            }
        }
        var apart = Apart()
        for (server, refusal) in refused.sorted(by: { $0.key < $1.key }) where found[server] == nil {
            apart.warnings.append(
                "Whether \(server) shares the revision of the cluster is not known, and taken for granted: \(refusal.error)"
            )
        }
        guard !found.isEmpty else { return apart }
        do {
            let after = try await currentRevision()
            let units = units.filter { unit in
                guard let own = server(unit).flatMap({ found[$0] }) else { return false }
                return !Self.isBetween(before, own, after)
            }
            apart.resources = Set(units.map(\.resource.groupResource))
        } catch let error as KubeAPIError {
            apart.warnings.append(
                "Which resources do not share the revision of the cluster is not known: \(error)"
            )
        }
        return apart
    }

    /// Tells the groups that other servers than the cluster's own may serve.
    private func aggregatedGroups(_ served: [APIResource]) async throws -> (String) -> Bool {
        var groups: Set<String> = []
        do {
            guard let resource = served.first(where: { $0.groupResource == Self.apiServices }) else {
                return { _ in false }
            }
            try await client.list(resource) { item in
                let service = try KubernetesObject(parsing: item.bytes)
                guard service["spec", "service"]?.object != nil, let group = service["spec", "group"]?.text else {
                    return
                }
                groups.insert(group)
            }
            return groups.contains
        } catch is KubeAPIError, is JSONError {
            // Whoever may not read that has every group probed that is not Kubernetes' own.
            return { $0.contains(".") && !$0.hasSuffix(".k8s.io") }
        }
    }

    /// Revisions that are no numbers cannot be compared, and count as those of one etcd.
    private static func isBetween(_ before: String, _ own: String?, _ after: String?) -> Bool {
        guard let lower = UInt64(before), let after, let upper = UInt64(after) else { return true }
        guard let own, let revision = UInt64(own) else { return false }
        return lower <= revision && revision <= upper
    }
}
