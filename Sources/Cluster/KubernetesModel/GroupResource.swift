/// A kind of resource whatever its version, written `deployments.apps`; the core group has no suffix: `pods`.
package struct GroupResource: Sendable, Hashable {
    /// Empty for the core group.
    package var group: String
    /// The plural in lower case, as it stands in URLs.
    package var resource: String

    package init(group: String, resource: String) {
        self.group = group
        self.resource = resource
    }

    /// Reads `resource` or `resource.group`.
    ///
    /// Names are not checked against any cluster.
    package init(_ text: String) {
        guard let dot = text.firstIndex(of: ".") else {
            self.init(group: "", resource: text)
            return
        }
        self.init(group: String(text[text.index(after: dot)...]), resource: String(text[..<dot]))
    }
}

extension GroupResource: CustomStringConvertible {
    package var description: String { group.isEmpty ? resource : "\(resource).\(group)" }
}

extension GroupResource: Comparable {
    /// Orders by group, then by resource, byte by byte.
    package static func < (left: GroupResource, right: GroupResource) -> Bool {
        left.group == right.group ? left.resource < right.resource : left.group < right.group
    }
}

extension GroupResource: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self.init(text) }
}
