import KubernetesModel

/// Which cluster roles others gather their rules from.
struct ClusterRoleAggregation: Sendable {
    private struct Role: Sendable {
        var labels: [String: String]
        var selectors: [LabelSelector]
    }

    private var roles: [String: Role] = [:]

    mutating func add(_ object: KubernetesObject) {
        guard let name = object.name else { return }
        let selectors = object["aggregationRule", "clusterRoleSelectors"]?.array ?? []
        roles[name] = Role(labels: object.labels, selectors: selectors.compactMap(Self.selector))
    }

    /// The roles whose rules the named ones take over, directly or through others.
    func aggregated(into names: Set<String>) -> Set<String> {
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

    /// - Returns: `nil` for a selector that this program cannot read.
    private static func selector(_ value: JSONValue) -> LabelSelector? {
        var requirements: [LabelRequirement] = []
        for member in value["matchLabels"]?.object ?? JSONObject() {
            guard let key = member.key.text, let text = member.value.text else { return nil }
            requirements.append(LabelRequirement(key: key, operator: .isIn([text])))
        }
        for expression in value["matchExpressions"]?.array ?? [] {
            guard let key = expression["key"]?.text else { return nil }
            let values = Set((expression["values"]?.array ?? []).compactMap(\.text))
            switch expression["operator"]?.text {
            case "In": requirements.append(LabelRequirement(key: key, operator: .isIn(values)))
            case "NotIn": requirements.append(LabelRequirement(key: key, operator: .isNotIn(values)))
            case "Exists": requirements.append(LabelRequirement(key: key, operator: .exists))
            case "DoesNotExist": requirements.append(LabelRequirement(key: key, operator: .doesNotExist))
            default: return nil
            }
        }
        return LabelSelector(requirements)
    }
}
