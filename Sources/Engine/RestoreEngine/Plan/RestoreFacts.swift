import KubernetesModel

/// What has to be known of the selected objects together before the first of them is restored.
struct RestoreFacts: Sendable {
    /// Secrets that the token controller made for service accounts.
    var generatedTokens: Set<ObjectName> = []
    /// Services whose endpoints a controller makes.
    var servicesWithSelector: Set<ObjectName> = []
    /// Namespaces that were being deleted.
    var terminatingNamespaces: Set<String> = []
    /// Restored objects of the built-in kinds that own pods, replica sets or revisions.
    var controllers: Set<ObjectUID> = []
    /// Owners of selected objects: their new uids are wanted.
    var owners: Set<ObjectUID> = []

    /// Kinds whose objects are looked at even when they are not selected themselves.
    static let inspected: Set<GroupResource> = ["namespaces", "serviceaccounts", "services"]

    /// Notes what an object of a selected namespace tells about others.
    mutating func collect(from object: KubernetesObject, key: StoredObjectKey) {
        switch key.groupResource {
        case "namespaces":
            if object.deletionTimestamp != nil { terminatingNamespaces.insert(key.name) }
        case "serviceaccounts":
            for secret in object["secrets"]?.array ?? [] {
                guard let name = secret["name"]?.text, GeneratedName.isToken(name, of: key.name) else { continue }
                generatedTokens.insert(ObjectName(namespace: key.namespace, name: name))
            }
        case "services":
            if object["spec", "selector"]?.object?.isEmpty == false {
                servicesWithSelector.insert(ObjectName(namespace: key.namespace, name: key.name))
            }
        default: break
        }
    }

    /// Notes a selected object whose kind adopts others.
    mutating func collectController(_ object: KubernetesObject, key: StoredObjectKey) {
        guard Adoption.controllers.contains(key.groupResource), let uid = object.uid else { return }
        let isFinished = key.groupResource == "jobs.batch" && RestoreRule.isFinished(object)
        if object.deletionTimestamp == nil, !isFinished { controllers.insert(ObjectUID(uid)) }
    }
}
