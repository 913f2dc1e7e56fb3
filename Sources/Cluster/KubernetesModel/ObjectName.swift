/// Which object of one resource.
package struct ObjectName: Sendable, Hashable {
    /// `nil` for cluster-scoped objects.
    package var namespace: String?
    package var name: String

    package init(namespace: String? = nil, name: String) {
        self.namespace = namespace
        self.name = name
    }
}

extension ObjectName: CustomStringConvertible {
    /// `namespace/name`, or the name alone.
    package var description: String { namespace.map { "\($0)/\(name)" } ?? name }
}

extension ObjectName: Comparable {
    /// Orders by namespace (cluster-scoped first), then by name.
    package static func < (left: ObjectName, right: ObjectName) -> Bool {
        let (leftNamespace, rightNamespace) = (left.namespace ?? "", right.namespace ?? "")
        return leftNamespace == rightNamespace ? left.name < right.name : leftNamespace < rightNamespace
    }
}
