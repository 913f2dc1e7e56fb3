/// What a Kubernetes object is called in a backup: `<group>/<resource>/<namespace>/<name>`, as UTF-8.
///
/// The core group and the namespace of a cluster-scoped object are empty. None of the four can hold a `/`, so the form is
/// unambiguous, and its byte order is the order in which an API server lists the objects of a resource.
package struct StoredObjectKey: Hashable, Sendable, CustomStringConvertible {
    package let group: String
    /// The plural, as in URLs: `deployments`.
    package let resource: String
    /// Empty for a cluster-scoped object.
    package let namespace: String
    package let name: String

    package init(group: String, resource: String, namespace: String, name: String) {
        self.group = group
        self.resource = resource
        self.namespace = namespace
        self.name = name
    }

    /// - Returns: `nil` when `bytes` is not such a key.
    package init?(bytes: [UInt8]) {
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 4, !parts[1].isEmpty, !parts[3].isEmpty else { return nil }
        group = String(decoding: parts[0], as: UTF8.self)
        resource = String(decoding: parts[1], as: UTF8.self)
        namespace = String(decoding: parts[2], as: UTF8.self)
        name = String(decoding: parts[3], as: UTF8.self)
    }

    package var bytes: [UInt8] { Array("\(group)/\(resource)/\(namespace)/\(name)".utf8) }

    /// Whether `text` can stand in a key: as a group, a resource, a namespace or a name.
    package static func isPart(_ text: String) -> Bool { !text.utf8.contains(UInt8(ascii: "/")) }

    /// How all keys of a resource start.
    package static func prefix(group: String, resource: String) -> [UInt8] { Array("\(group)/\(resource)/".utf8) }

    /// How all keys of a resource in one namespace start.
    package static func prefix(group: String, resource: String, namespace: String) -> [UInt8] {
        Array("\(group)/\(resource)/\(namespace)/".utf8)
    }

    /// The resource as users write it: `deployments.apps`, `pods`.
    package var qualifiedResource: String { group.isEmpty ? resource : "\(resource).\(group)" }

    /// `deployments.apps/shop/web`, or `nodes/a` without a namespace.
    package var description: String {
        namespace.isEmpty ? "\(qualifiedResource)/\(name)" : "\(qualifiedResource)/\(namespace)/\(name)"
    }
}
