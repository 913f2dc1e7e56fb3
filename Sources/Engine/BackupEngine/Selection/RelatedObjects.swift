import KubernetesModel

/// Which cluster-scoped objects the objects of some namespaces need, gathered while those are read.
struct RelatedObjects: Sendable {
    static let namespaces: GroupResource = "namespaces"
    private static let volumes: GroupResource = "persistentvolumes"
    private static let storageClasses: GroupResource = "storageclasses.storage.k8s.io"
    private static let priorityClasses: GroupResource = "priorityclasses.scheduling.k8s.io"
    private static let runtimeClasses: GroupResource = "runtimeclasses.node.k8s.io"
    private static let ingressClasses: GroupResource = "ingressclasses.networking.k8s.io"
    private static let clusterRoles: GroupResource = "clusterroles.rbac.authorization.k8s.io"
    private static let clusterRoleBindings: GroupResource = "clusterrolebindings.rbac.authorization.k8s.io"
    private static let definitions: GroupResource = "customresourcedefinitions.apiextensions.k8s.io"
    private static let webhooks: [GroupResource] = [
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
    ]
    private static let apiServices: GroupResource = "apiservices.apiregistration.k8s.io"

    /// The resources of which related objects are taken, in the order in which they must be read: what refers to
    /// others comes first.
    static let order: [GroupResource] =
        [namespaces, volumes, clusterRoleBindings, clusterRoles, storageClasses, priorityClasses, runtimeClasses]
        + [ingressClasses, definitions] + webhooks + [apiServices]

    static let resources = Set(order)

    /// The resources whose objects must be looked into.
    private static let referring: Set<String> = [
        "pods", "persistentvolumeclaims", "statefulsets.apps", "deployments.apps", "daemonsets.apps",
        "replicasets.apps", "replicationcontrollers", "jobs.batch", "cronjobs.batch", "ingresses.networking.k8s.io",
        "ingresses.extensions", "rolebindings.rbac.authorization.k8s.io", "podtemplates",
    ]

    private let selectedNamespaces: Set<String>
    private var names: [GroupResource: Set<String>] = [:]
    private var aggregationSelectors: [[String: String]] = []

    init(namespaces: [String]) {
        selectedNamespaces = Set(namespaces)
        names[Self.namespaces] = selectedNamespaces
    }

    mutating func formUnion(_ other: RelatedObjects) {
        names.merge(other.names) { $0.union($1) }
        aggregationSelectors += other.aggregationSelectors
    }

    /// Whether an object of `resource` may refer to cluster-scoped ones, other than by being of a custom kind.
    static func mayRefer(_ resource: GroupResource) -> Bool { referring.contains(resource.description) }

    /// Takes note that there are objects of a resource: if it is a custom one, its definition is needed.
    mutating func addKind(of resource: GroupResource) {
        names[Self.definitions, default: []].insert("\(resource.resource).\(resource.group)")
    }

    /// Takes note of what a namespaced object refers to.
    mutating func addReferences(of object: KubernetesObject, resource: GroupResource) {
        if resource == "rolebindings.rbac.authorization.k8s.io" {
            addRole(of: object)
        } else {
            addReferences(in: .object(object.root))
        }
    }

    private mutating func addRole(of binding: KubernetesObject) {
        guard binding["roleRef", "kind"]?.text == "ClusterRole", let name = binding["roleRef", "name"]?.text else {
            return
        }
        names[Self.clusterRoles, default: []].insert(name)
    }

    /// The fields that name a cluster-scoped object do so wherever they stand: in a pod, in a template, in a claim.
    private mutating func addReferences(in value: JSONValue) {
        if let object = value.object {
            for member in object {
                if let name = member.value.text {
                    guard let resource = Self.resource(namedBy: member.key.displayText), !name.isEmpty else { continue }
                    names[resource, default: []].insert(name)
                } else {
                    addReferences(in: member.value)
                }
            }
        } else if let array = value.array {
            for element in array { addReferences(in: element) }
        }
    }

    private static func resource(namedBy field: String) -> GroupResource? {
        switch field {
        case "volumeName": volumes
        case "storageClassName", "volume.beta.kubernetes.io/storage-class": storageClasses
        case "priorityClassName": priorityClasses
        case "runtimeClassName": runtimeClasses
        case "ingressClassName", "kubernetes.io/ingress.class": ingressClasses
        default: nil
        }
    }

    /// Whether a cluster-scoped object is needed; if it is, what it needs itself is noted too.
    mutating func take(_ object: KubernetesObject, of resource: GroupResource) -> Bool {
        guard let name = object.name else { return false }
        let isNamed = names[resource]?.contains(name) == true
        switch resource {
        case Self.volumes:
            let isClaimed = object["spec", "claimRef", "namespace"]?.text.map(selectedNamespaces.contains) == true
            guard isNamed || isClaimed else { return false }
            addReferences(in: .object(object.root))
            return true
        case Self.clusterRoleBindings:
            let isBound = object["subjects"]?.array?.contains { subject in
                subject["kind"]?.text == "ServiceAccount"
                    && subject["namespace"]?.text.map(selectedNamespaces.contains) == true
            }
            guard isBound == true else { return false }
            addRole(of: object)
            return true
        case Self.clusterRoles:
            let labels = object.labels
            let isAggregated = aggregationSelectors.contains { selector in
                selector.allSatisfy { labels[$0.key] == $0.value }
            }
            guard isNamed || isAggregated else { return false }
            noteAggregation(of: object)
            return true
        case _ where Self.webhooks.contains(resource):
            return object["webhooks"]?.array?.contains { webhook in
                webhook["clientConfig", "service", "namespace"]?.text.map(selectedNamespaces.contains) == true
            } == true
        case Self.apiServices:
            return object["spec", "service", "namespace"]?.text.map(selectedNamespaces.contains) == true
        default:
            return isNamed
        }
    }

    /// A role that is put together from others needs those: their names are known only after another look at all roles.
    private mutating func noteAggregation(of role: KubernetesObject) {
        for selector in role["aggregationRule", "clusterRoleSelectors"]?.array ?? [] {
            guard let labels = selector["matchLabels"]?.object else { continue }
            var selected: [String: String] = [:]
            for member in labels { selected[member.key.displayText] = member.value.text }
            if !selected.isEmpty, !aggregationSelectors.contains(selected) { aggregationSelectors.append(selected) }
        }
    }

    /// How often a resource must be read until nothing more is found: a change means once more.
    func selectionCount(of resource: GroupResource) -> Int {
        (names[resource]?.count ?? 0) + (resource == Self.clusterRoles ? aggregationSelectors.count : 0)
    }
}
