import KubernetesModel

/// In which order resources are restored: Velero's order as the base line, and between the resources that it does not
/// name, owners before what they own.
struct RestoreOrder: Sendable, Hashable {
    /// Objects of one resource own objects of another.
    struct OwnerEdge: Sendable, Hashable {
        let owner: GroupResource
        let dependent: GroupResource
    }

    /// Resources that are restored at the same time.
    ///
    /// A wave begins when the one before it has ended.
    let waves: [[GroupResource]]
    /// Owner edges of a cycle, which cannot be kept: there the references are attached when the owners exist.
    let brokenEdges: [OwnerEdge]

    /// What comes before everything else.
    ///
    /// A comment says why something is not where Velero has it.
    static let first: [Set<GroupResource>] = [
        ["customresourcedefinitions.apiextensions.k8s.io"],
        ["namespaces"],
        [
            "storageclasses.storage.k8s.io", "volumesnapshotclasses.snapshot.storage.k8s.io",
            "csidrivers.storage.k8s.io", "volumeattributesclasses.storage.k8s.io",
            // Admission refuses pods whose classes do not exist, or that no policy allows.
            "priorityclasses.scheduling.k8s.io", "runtimeclasses.node.k8s.io", "podsecuritypolicies.policy",
            "ingressclasses.networking.k8s.io",
        ],
        ["volumesnapshotcontents.snapshot.storage.k8s.io"],
        ["volumesnapshots.snapshot.storage.k8s.io"],
        ["persistentvolumes"],
        ["persistentvolumeclaims"],
        ["clusterroles.rbac.authorization.k8s.io", "roles.rbac.authorization.k8s.io", "serviceaccounts"],
        ["clusterrolebindings.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io"],
        [
            "secrets", "configmaps",
            // Before the pods: they must not run unprotected, and get the addresses of services when they start.
            "networkpolicies.networking.k8s.io", "services",
        ],
        // After the services: the endpoints controller deletes endpoints without one when it starts.
        ["endpoints", "endpointslices.discovery.k8s.io"],
        // Before their controllers, which adopt them by their labels instead of making new ones.
        ["pods", "controllerrevisions.apps"],
        // After the pods, which come back as they were, also where they are older than the limits; before the controllers,
        // whose new pods have to keep to them.
        ["limitranges"],
        ["replicasets.apps"],
    ]

    /// What comes after everything else.
    static let last: [Set<GroupResource>] = [
        // A new quota refuses what it counts until its controller has counted.
        ["resourcequotas"],
        // After the services and pods that serve them.
        ["apiservices.apiregistration.k8s.io"],
    ]

    /// What may refuse or change other objects comes at the very end, when what it calls is there.
    static let guards: Set<GroupResource> = [
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingadmissionpolicies.admissionregistration.k8s.io",
        "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        "mutatingadmissionpolicies.admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    ]

    /// Puts `resources` in order.
    ///
    /// - Parameters:
    ///   - ownerEdges: As found in the objects.
    ///   - aggregatedGroups: API groups that servers behind restored API services serve: they come after those.
    init(resources: Set<GroupResource>, ownerEdges: Set<OwnerEdge> = [], aggregatedGroups: Set<String> = []) {
        let fixed = Self.first.reduce(Set()) { $0.union($1) }.union(Self.last.reduce(Self.guards) { $0.union($1) })
        let aggregated = resources.filter { aggregatedGroups.contains($0.group) }.subtracting(fixed)
        let rest = resources.subtracting(fixed).subtracting(aggregated)
        let layers = Self.layers(of: rest, edges: ownerEdges)
        let sets = Self.first + layers.sets + Self.last + [aggregated, Self.guards]
        waves = sets.map { $0.intersection(resources).sorted() }.filter { !$0.isEmpty }
        brokenEdges = layers.brokenEdges
    }

    /// Cuts `resources` into layers, owners in earlier ones than what they own.
    private static func layers(
        of resources: Set<GroupResource>,
        edges: Set<OwnerEdge>
    ) -> (sets: [Set<GroupResource>], brokenEdges: [OwnerEdge]) {
        var edges = edges.filter {
            $0.owner != $0.dependent && resources.contains($0.owner) && resources.contains($0.dependent)
        }
        var open = resources
        var layers: [Set<GroupResource>] = []
        var broken: [OwnerEdge] = []
        while !open.isEmpty {
            var layer = open.subtracting(edges.map(\.dependent))
            if layer.isEmpty, let chosen = cycleMember(of: open, edges: edges) {
                // All that is left waits for something: the first by name of a cycle goes ahead of its owners.
                broken += edges.filter { $0.dependent == chosen }.sorted { $0.owner < $1.owner }
                layer = [chosen]
            }
            layers.append(layer)
            open.subtract(layer)
            edges = edges.filter { !layer.contains($0.owner) && !layer.contains($0.dependent) }
        }
        return (layers, broken)
    }

    /// The first resource by name that owns itself through others.
    private static func cycleMember(of open: Set<GroupResource>, edges: Set<OwnerEdge>) -> GroupResource? {
        let owners = Dictionary(grouping: edges, by: \.dependent).mapValues { $0.map(\.owner) }
        return open.sorted().first { resource in
            var seen: Set<GroupResource> = []
            var next = owners[resource] ?? []
            while let owner = next.popLast() {
                if owner == resource { return true }
                if seen.insert(owner).inserted { next += owners[owner] ?? [] }
            }
            return false
        }
    }
}

extension RestoreOrder {
    /// Whether Kubernetes itself serves a resource: its groups have no dot, or are named in the order.
    static func isBuiltIn(_ resource: GroupResource) -> Bool {
        !resource.group.contains(".") || builtInGroups.contains(resource.group)
    }

    private static let builtInGroups: Set<String> = [
        "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io",
        "authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io",
        "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io",
        "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
    ]
}
