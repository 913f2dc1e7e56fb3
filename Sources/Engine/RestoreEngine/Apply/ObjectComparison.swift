import KubernetesModel

/// Compares an object of the cluster with what the restore would have created.
///
/// Both are brought into the form that an object of a backup has when it is sent: the same actions take away what a
/// server sets. What is left has to be the same, but for the order of keys and the spelling of numbers. Owner references
/// are compared by kind and name, for uids change with every new object.
struct ObjectComparison {
    let resource: GroupResource
    /// Whether the status belongs to the server.
    let hasStatusSubresource: Bool

    /// Places at which two objects differ.
    ///
    /// - Parameters:
    ///   - ours: As it would be sent, but with the owner references of the backup.
    ///   - live: As the cluster has it, managed fields included.
    func places(ours: KubernetesObject, live: KubernetesObject) -> [String] {
        let ours = comparable(ours)
        var theirs = comparable(shaped(live))
        if resource == "persistentvolumeclaims", ours["spec", "volumeName"] == nil {
            // The binder chose a volume.
            theirs["spec", "volumeName"] = nil
        }
        return JSONValue.object(ours.root).places(differingFrom: .object(theirs.root))
    }

    /// An object of the cluster, as it would be sent if it came from a backup; with its owner references.
    func shaped(_ object: KubernetesObject) -> KubernetesObject {
        var shaped = object
        var context = ActionContext()
        context.hasStatusSubresource = hasStatusSubresource
        RestoreActions.apply(to: &shaped, of: resource, in: &context)
        shaped.ownerReferences = object.ownerReferences
        return shaped
    }

    /// The object without what servers and controllers fill in later.
    private func comparable(_ object: KubernetesObject) -> KubernetesObject {
        var normal = object
        for path in Self.filledInLater[resource] ?? [] { normal[path: path] = nil }
        if resource == "clusterroles.rbac.authorization.k8s.io", normal["aggregationRule"]?.object != nil {
            // A controller writes the rules of an aggregated role.
            normal["rules"] = nil
        }
        let references = object.ownerReferences.map { "\($0.apiVersion) \($0.kind) \($0.name)" }.sorted()
        normal["metadata", "ownerReferences"] = references.isEmpty ? nil : .array(references.map { .string($0) })
        for place: JSONPathStep in ["labels", "annotations", "finalizers"] {
            let value = normal["metadata", place]
            if value?.object?.isEmpty == true || value?.array?.isEmpty == true { normal["metadata", place] = nil }
        }
        return normal
    }

    private static let filledInLater: [GroupResource: [[JSONPathStep]]] = [
        "daemonsets.apps": [["metadata", "annotations", "deprecated.daemonset.template.generation"]],
        "horizontalpodautoscalers.autoscaling": [
            ["metadata", "annotations", "autoscaling.alpha.kubernetes.io/conditions"],
            ["metadata", "annotations", "autoscaling.alpha.kubernetes.io/current-metrics"],
        ],
        "persistentvolumeclaims": [
            ["metadata", "annotations", "volume.kubernetes.io/storage-provisioner"],
            ["metadata", "annotations", "volume.beta.kubernetes.io/storage-provisioner"],
        ],
    ]
}

extension JSONValue {
    /// Where this document differs from another: `spec.ports[1].port`.
    ///
    /// Where one has nothing, the place itself is told.
    func places(differingFrom other: JSONValue, at place: String = "") -> [String] {
        switch (self, other) {
        case (.object(let left), .object(let right)):
            var places: [String] = []
            let keys = left.map(\.key) + right.map(\.key).filter { left[$0] == nil }
            for key in keys {
                let below = place.isEmpty ? key.displayText : "\(place).\(key.displayText)"
                guard let one = left[key], let two = right[key] else {
                    places.append(below)
                    continue
                }
                places += one.places(differingFrom: two, at: below)
            }
            return places
        case (.array(let left), .array(let right)) where left.count == right.count:
            return zip(left, right).enumerated().flatMap { index, pair in
                pair.0.places(differingFrom: pair.1, at: "\(place)[\(index)]")
            }
        default:
            return isEquivalent(to: other) ? [] : [place]
        }
    }
}
