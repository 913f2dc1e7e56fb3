/// The names that service accounts have as users and groups.
enum ServiceAccountNames {
    private static let userPrefix = "system:serviceaccount:"
    private static let groupPrefix = "system:serviceaccounts:"

    /// The namespace whose service accounts make up a group; `nil` for other groups.
    private static func namespace(ofGroup group: String) -> String? {
        group.hasPrefix(groupPrefix) ? String(group.dropFirst(groupPrefix.count)) : nil
    }

    /// The name of a group after a mapping of namespaces.
    static func mappedGroup(_ group: String, _ mapping: NamespaceMapping) -> String {
        namespace(ofGroup: group).map { groupPrefix + mapping($0) } ?? group
    }

    /// The name of a user after a mapping of namespaces.
    static func mappedUser(_ user: String, _ mapping: NamespaceMapping) -> String {
        guard user.hasPrefix(userPrefix) else { return user }
        let parts = user.dropFirst(userPrefix.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return user }
        return "\(userPrefix)\(mapping(String(parts[0]))):\(parts[1])"
    }
}
