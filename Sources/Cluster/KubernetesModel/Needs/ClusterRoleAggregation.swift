/// Which cluster roles others gather their rules from.
package struct ClusterRoleAggregation: Sendable {
    private struct Role: Sendable {
        var labels: [String: String]
        var selectors: [LabelSelector]
    }

    private var roles: [String: Role] = [:]

    package init() {}

    package mutating func add(_ role: KubernetesObject) {
        guard let name = role.name else { return }
        let selectors = role["aggregationRule", "clusterRoleSelectors"]?.array ?? []
        roles[name] = Role(labels: role.labels, selectors: selectors.compactMap(LabelSelector.init))
    }

    /// Whether any of the named roles gathers rules of others.
    package func gathers(_ names: Set<String>) -> Bool {
        names.contains { roles[$0]?.selectors.isEmpty == false }
    }

    /// The roles whose rules the named ones take over, directly or through others; not the named ones themselves.
    package func aggregated(into names: Set<String>) -> Set<String> {
        var found: Set<String> = []
        var open = names
        while let name = open.popFirst() {
            for selector in roles[name]?.selectors ?? [] {
                for (other, role) in roles where selector.matches(role.labels) && !names.contains(other) {
                    if found.insert(other).inserted { open.insert(other) }
                }
            }
        }
        return found
    }
}

extension ClusterNeeds {
    /// Notes which further cluster roles the needed ones are put together from.
    ///
    /// - Parameters:
    ///   - roles: All there are.
    ///   - taken: Roles that are taken for other reasons than being needed.
    /// - Returns: Whether other roles would be needed, too, if their labels said so.
    @discardableResult
    package mutating func collectAggregated(_ roles: ClusterRoleAggregation, taken: Set<String> = []) -> Bool {
        let needed = named.filter { $0.group == Self.clusterRoles.group && $0.resource == Self.clusterRoles.resource }
        let names = taken.union(needed.map(\.name))
        for name in roles.aggregated(into: names) { need(Self.clusterRoles, name) }
        return roles.gathers(names)
    }
}
