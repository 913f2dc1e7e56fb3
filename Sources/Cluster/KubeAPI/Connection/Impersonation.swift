/// Whose rights to use instead of one's own (`--as`).
package struct Impersonation: Sendable, Hashable {
    package var user: String?
    package var groups: [String]
    package var uid: String?
    package var extra: [String: [String]]

    package init(user: String? = nil, groups: [String] = [], uid: String? = nil, extra: [String: [String]] = [:]) {
        self.user = user
        self.groups = groups
        self.uid = uid
        self.extra = extra
    }

    package var isEmpty: Bool { user == nil && groups.isEmpty && uid == nil && extra.isEmpty }
}
