/// One condition on an object's labels.
package struct LabelRequirement: Sendable, Hashable {
    package enum Operator: Sendable, Hashable {
        /// The label is there with one of these values.
        case isIn(Set<String>)
        /// The label is missing, or has none of these values.
        case isNotIn(Set<String>)
        case exists
        case doesNotExist
        /// The label is there and its value is an integer above the bound.
        case isGreaterThan(Int)
        /// The label is there and its value is an integer below the bound.
        case isLessThan(Int)
    }

    package let key: String
    package let `operator`: Operator

    package init(key: String, operator: Operator) {
        self.key = key
        self.operator = `operator`
    }

    package func matches(_ labels: [String: String]) -> Bool {
        let value = labels[key]
        switch `operator` {
        case .isIn(let values): return value.map(values.contains) ?? false
        case .isNotIn(let values): return value.map { !values.contains($0) } ?? true
        case .exists: return value != nil
        case .doesNotExist: return value == nil
        case .isGreaterThan(let bound): return value.flatMap { Int($0) }.map { $0 > bound } ?? false
        case .isLessThan(let bound): return value.flatMap { Int($0) }.map { $0 < bound } ?? false
        }
    }
}

extension LabelRequirement: CustomStringConvertible {
    /// As kubectl and the API take it.
    package var description: String {
        switch `operator` {
        case .isIn(let values) where values.count == 1: "\(key)=\(values.first ?? "")"
        case .isIn(let values): "\(key) in (\(values.sorted().joined(separator: ",")))"
        case .isNotIn(let values) where values.count == 1: "\(key)!=\(values.first ?? "")"
        case .isNotIn(let values): "\(key) notin (\(values.sorted().joined(separator: ",")))"
        case .exists: key
        case .doesNotExist: "!\(key)"
        case .isGreaterThan(let bound): "\(key)>\(bound)"
        case .isLessThan(let bound): "\(key)<\(bound)"
        }
    }
}
