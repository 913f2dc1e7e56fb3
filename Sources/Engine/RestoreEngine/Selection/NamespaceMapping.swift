import KubernetesModel

/// Which namespace of the backup becomes which in the cluster.
///
/// Namespaces that are not named stay what they are.
struct NamespaceMapping: Sendable, Hashable {
    let names: [String: String]

    init(_ names: [String: String] = [:]) { self.names = names }

    func callAsFunction(_ namespace: String) -> String { names[namespace] ?? namespace }

    /// What the object is called in the cluster.
    ///
    /// The objects of `namespaces` change their names.
    func callAsFunction(_ key: StoredObjectKey) -> ObjectName {
        if key.isNamespaceObject { return ObjectName(name: self(key.name)) }
        return ObjectName(namespace: key.namespace.isEmpty ? nil : self(key.namespace), name: key.name)
    }
}

extension StoredObjectKey {
    var groupResource: GroupResource { GroupResource(group: group, resource: resource) }

    /// Whether this is a namespace itself.
    var isNamespaceObject: Bool { group.isEmpty && resource == "namespaces" }
}
