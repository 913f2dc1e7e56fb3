extension LabelSelector {
    /// Reads a `LabelSelector` of the API: `matchLabels` and `matchExpressions`.
    ///
    /// An empty one selects everything.
    ///
    /// - Returns: `nil` for one that this program cannot read.
    package init?(_ value: JSONValue) {
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
        self.init(requirements)
    }
}
