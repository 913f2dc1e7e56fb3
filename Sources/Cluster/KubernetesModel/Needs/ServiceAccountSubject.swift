/// Service accounts as the subject of a binding: one, or all of a namespace, or all there are.
package enum ServiceAccountSubject: Sendable, Hashable {
    private static let userPrefix = "system:serviceaccount:"
    private static let allGroup = "system:serviceaccounts"

    case account(namespace: String, name: String)
    case namespace(String)
    case all

    /// - Returns: `nil` for a subject that stands for no service account by its name.
    package init?(_ subject: JSONValue) {
        guard let name = subject["name"]?.text else { return nil }
        switch subject["kind"]?.text {
        case "ServiceAccount":
            guard let namespace = subject["namespace"]?.text else { return nil }
            self = .account(namespace: namespace, name: name)
        case "User":
            guard name.hasPrefix(Self.userPrefix) else { return nil }
            let parts = name.dropFirst(Self.userPrefix.count).split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            self = .account(namespace: String(parts[0]), name: String(parts[1]))
        case "Group":
            if name == Self.allGroup {
                self = .all
            } else if name.hasPrefix(Self.allGroup + ":") {
                self = .namespace(String(name.dropFirst(Self.allGroup.count + 1)))
            } else {
                return nil
            }
        default: return nil
        }
    }

    /// Whether it stands for service accounts of one of the namespaces.
    package func isIn(_ namespaces: Set<String>) -> Bool {
        switch self {
        case .account(let namespace, _), .namespace(let namespace): namespaces.contains(namespace)
        case .all: !namespaces.isEmpty
        }
    }
}
