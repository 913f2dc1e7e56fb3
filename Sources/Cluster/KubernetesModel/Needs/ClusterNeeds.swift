/// Which cluster-scoped objects other objects need, gathered object by object.
///
/// A backup of part of a cluster takes them along, a restore of part of a backup brings them along. Both ask here, so that
/// a restore never looks for something that a backup has passed over.
///
/// First give it every selected object (``collect(from:key:)``), then offer it the objects of ``candidates`` in that order
/// (``take(_:key:)``).
package struct ClusterNeeds: Sendable {
    /// Cluster-scoped objects that are needed by their names; there may be no such object.
    package private(set) var named: Set<StoredObjectKey> = []

    /// Claims whose volumes are needed.
    private var claims: Set<ObjectName> = []
    /// Snapshots whose contents are needed.
    private var snapshots: Set<ObjectName> = []
    private var groupSnapshots: Set<ObjectName> = []
    /// Namespaces of which a service account is selected: what is granted to these is needed.
    private var accountNamespaces: Set<String> = []
    /// Services: webhooks and APIs behind them are needed.
    private var services: Set<ObjectName> = []

    package init() {}

    package mutating func formUnion(_ other: ClusterNeeds) {
        named.formUnion(other.named)
        claims.formUnion(other.claims)
        snapshots.formUnion(other.snapshots)
        groupSnapshots.formUnion(other.groupSnapshots)
        accountNamespaces.formUnion(other.accountNamespaces)
        services.formUnion(other.services)
    }

    // MARK: - What is selected

    /// Notes what every object needs, whatever its content: its namespace, and the definition of its kind.
    package mutating func collectPlace(of key: StoredObjectKey) {
        if !key.namespace.isEmpty { need("namespaces", key.namespace) }
        collectKind(of: GroupResource(group: key.group, resource: key.resource))
    }

    /// Notes that there are objects of a resource: if it is a custom one, its definition is needed.
    ///
    /// Groups without a dot are Kubernetes' own; of the others, those that no definition stands for do no harm.
    package mutating func collectKind(of resource: GroupResource) {
        guard resource.group.contains(".") else { return }
        need("customresourcedefinitions.apiextensions.k8s.io", resource.description)
    }

    /// Notes what a selected object needs; only those of ``inspected`` tell more than their keys.
    package mutating func collect(from object: KubernetesObject, key: StoredObjectKey) {
        collectPlace(of: key)
        let name = ObjectName(namespace: key.namespace, name: key.name)
        switch GroupResource(group: key.group, resource: key.resource) {
        case "persistentvolumeclaims":
            claims.insert(name)
            need("persistentvolumes", object["spec", "volumeName"]?.text)
            collectClaim(object["spec"], annotations: object.annotations)
        case "serviceaccounts": accountNamespaces.insert(key.namespace)
        case "services": services.insert(name)
        case "ingresses.networking.k8s.io", "ingresses.extensions":
            let annotation = object.annotations["kubernetes.io/ingress.class"]
            need("ingressclasses.networking.k8s.io", object["spec", "ingressClassName"]?.text ?? annotation)
        case "gateways.gateway.networking.k8s.io":
            need("gatewayclasses.gateway.networking.k8s.io", object["spec", "gatewayClassName"]?.text)
        case "resourceclaims.resource.k8s.io": collectDevices(object["spec", "devices"])
        case "resourceclaimtemplates.resource.k8s.io": collectDevices(object["spec", "spec", "devices"])
        case "volumesnapshots.snapshot.storage.k8s.io":
            snapshots.insert(name)
            collectSnapshot(object, .snapshot)
        case "volumegroupsnapshots.groupsnapshot.storage.k8s.io":
            groupSnapshots.insert(name)
            collectSnapshot(object, .groupSnapshot)
        case "rolebindings.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io":
            guard object["roleRef", "kind"]?.text == "ClusterRole" else { return }
            need(Self.clusterRoles, object["roleRef", "name"]?.text)
        default:
            for template in PodTemplates.specs(in: object, of: key) { collectPod(template) }
            for claim in PodTemplates.claims(in: object, of: key) {
                collectClaim(claim["spec"], annotations: KubernetesObject(claim.object ?? JSONObject()).annotations)
            }
            collectClusterScoped(object, key)
        }
    }

    /// Notes what a cluster-scoped object needs.
    private mutating func collectClusterScoped(_ object: KubernetesObject, _ key: StoredObjectKey) {
        let driver: JSONValue?
        switch GroupResource(group: key.group, resource: key.resource) {
        case "persistentvolumes":
            collectClaim(object["spec"], annotations: object.annotations)
            driver = object["spec", "csi", "driver"]
        case "storageclasses.storage.k8s.io": driver = object["provisioner"]
        case "volumeattributesclasses.storage.k8s.io": driver = object["driverName"]
        case "volumesnapshotcontents.snapshot.storage.k8s.io":
            need(SnapshotKind.snapshot.classes, object["spec", "volumeSnapshotClassName"]?.text)
            driver = object["spec", "driver"]
        case "volumegroupsnapshotcontents.groupsnapshot.storage.k8s.io":
            need(SnapshotKind.groupSnapshot.classes, object["spec", "volumeGroupSnapshotClassName"]?.text)
            driver = object["spec", "driver"]
        case SnapshotKind.snapshot.classes, SnapshotKind.groupSnapshot.classes: driver = object["driver"]
        case "validatingadmissionpolicybindings.admissionregistration.k8s.io":
            need("validatingadmissionpolicies.admissionregistration.k8s.io", object["spec", "policyName"]?.text)
            return
        case "mutatingadmissionpolicybindings.admissionregistration.k8s.io":
            need("mutatingadmissionpolicies.admissionregistration.k8s.io", object["spec", "policyName"]?.text)
            return
        default: return
        }
        need("csidrivers.storage.k8s.io", driver?.text)
    }

    private mutating func collectPod(_ spec: JSONValue) {
        need("priorityclasses.scheduling.k8s.io", spec["priorityClassName"]?.text)
        need("runtimeclasses.node.k8s.io", spec["runtimeClassName"]?.text)
        for volume in spec["volumes"]?.array ?? [] {
            collectClaim(volume["ephemeral", "volumeClaimTemplate", "spec"], annotations: [:])
            need("csidrivers.storage.k8s.io", volume["csi", "driver"]?.text)
        }
    }

    /// Claims and volumes name their classes in the same fields.
    private mutating func collectClaim(_ spec: JSONValue?, annotations: [String: String]) {
        need("storageclasses.storage.k8s.io", annotations["volume.beta.kubernetes.io/storage-class"])
        need("storageclasses.storage.k8s.io", spec?["storageClassName"]?.text)
        need("volumeattributesclasses.storage.k8s.io", spec?["volumeAttributesClassName"]?.text)
    }

    private mutating func collectDevices(_ devices: JSONValue?) {
        for request in devices?["requests"]?.array ?? [] {
            for choice in [request, request["exactly"]].compactMap({ $0 }) + (request["firstAvailable"]?.array ?? []) {
                need("deviceclasses.resource.k8s.io", choice["deviceClassName"]?.text)
            }
        }
    }

    private mutating func collectSnapshot(_ object: KubernetesObject, _ kind: SnapshotKind) {
        need(kind.classes, object["spec", .key(kind.classField)]?.text)
        need(kind.contents, object["spec", "source", .key(kind.contentField)]?.text)
        need(kind.contents, object["status", .key("bound" + kind.contentField.capitalizedFirst)]?.text)
    }

    /// Notes that an object is needed.
    ///
    /// - Parameter name: An empty one, or none, needs nothing.
    package mutating func need(_ resource: GroupResource, _ name: String?) {
        guard let name, !name.isEmpty else { return }
        named.insert(
            StoredObjectKey(group: resource.group, resource: resource.resource, namespace: "", name: name)
        )
    }

    // MARK: - What is needed

    /// Whether a cluster-scoped object is needed by what was collected; if it is, what it needs itself is noted too.
    package mutating func take(_ object: KubernetesObject, key: StoredObjectKey) -> Bool {
        guard named.contains(key) || isImplied(object, key) else { return false }
        collect(from: object, key: key)
        return true
    }

    /// The same for an object of a resource that is neither ``inspected`` nor ``implied``: its key says all.
    package mutating func take(_ key: StoredObjectKey) -> Bool {
        guard named.contains(key) else { return false }
        collectPlace(of: key)
        return true
    }

    /// Whether an object is needed though nothing names it: it refers to what is selected.
    private func isImplied(_ object: KubernetesObject, _ key: StoredObjectKey) -> Bool {
        switch GroupResource(group: key.group, resource: key.resource) {
        case "persistentvolumes": isOne(of: claims, object["spec", "claimRef"])
        case SnapshotKind.snapshot.contents: isOne(of: snapshots, object["spec", "volumeSnapshotRef"])
        case SnapshotKind.groupSnapshot.contents: isOne(of: groupSnapshots, object["spec", "volumeGroupSnapshotRef"])
        case "clusterrolebindings.rbac.authorization.k8s.io":
            object["subjects"]?.array?.contains { ServiceAccountSubject($0)?.isIn(accountNamespaces) == true } == true
        case "apiservices.apiregistration.k8s.io": isOne(of: services, object["spec", "service"])
        case "validatingwebhookconfigurations.admissionregistration.k8s.io",
            "mutatingwebhookconfigurations.admissionregistration.k8s.io":
            object["webhooks"]?.array?.contains { isOne(of: services, $0["clientConfig", "service"]) } == true
        default: false
        }
    }

    private func isOne(of objects: Set<ObjectName>, _ reference: JSONValue?) -> Bool {
        guard let name = reference?["name"]?.text, let namespace = reference?["namespace"]?.text else { return false }
        return objects.contains(ObjectName(namespace: namespace, name: name))
    }
}

/// The two kinds of snapshots: of one volume, and of several at once.
private struct SnapshotKind {
    let contents: GroupResource
    let classes: GroupResource
    let classField: String
    let contentField: String

    static let snapshot = SnapshotKind(
        contents: "volumesnapshotcontents.snapshot.storage.k8s.io",
        classes: "volumesnapshotclasses.snapshot.storage.k8s.io",
        classField: "volumeSnapshotClassName",
        contentField: "volumeSnapshotContentName"
    )
    static let groupSnapshot = SnapshotKind(
        contents: "volumegroupsnapshotcontents.groupsnapshot.storage.k8s.io",
        classes: "volumegroupsnapshotclasses.groupsnapshot.storage.k8s.io",
        classField: "volumeGroupSnapshotClassName",
        contentField: "volumeGroupSnapshotContentName"
    )
}

extension String {
    /// `boundVolumeSnapshotContentName` is made of `volumeSnapshotContentName` so.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
