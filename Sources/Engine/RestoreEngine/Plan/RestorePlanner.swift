import KubernetesModel
import Repository

/// Goes over the selected objects of a backup once, and finds out what else they need and in which order they must come.
///
/// Reads objects as a stream and keeps only what ``RestoreFacts`` and ``ClusterNeeds`` keep: names and uids.
struct RestorePlanner {
    private let objects: StoredObjects
    private let lost: LostObjects
    private let resources: [BackedUpResource]
    private let resourceOfKind: [GroupKind: GroupResource]
    private let isRestricted: Bool
    private var selection: RestoreSelection
    private var facts = RestoreFacts()
    private var needs = ClusterNeeds()
    private var counts: [GroupResource: Int] = [:]
    private var ownerEdges: Set<RestoreOrder.OwnerEdge> = []
    private var aggregatedGroups: Set<String> = []
    /// What cannot be read of the resources in which needed objects are looked for.
    private var undecided: [(damage: StoredObjects.Damage, error: RepositoryError, resource: GroupResource)] = []

    /// - Parameter lost: Told of what is selected and cannot be read.
    init(objects: StoredObjects, lost: LostObjects, resources: [BackedUpResource], selection: RestoreSelection) {
        self.objects = objects
        self.lost = lost
        self.resources = resources
        self.selection = selection
        resourceOfKind = GroupKind.resources(of: resources)
        let takesAllKinds = selection.resources.count == resources.count
        isRestricted = selection.clusterScope != .all || !selection.labels.requirements.isEmpty || !takesAllKinds
    }

    mutating func plan() async throws -> RestorePlan {
        for resource in resources where resource.isNamespaced { try await scanNamespaced(resource.groupResource) }
        let storedNamespaces = try await scanNamespaces()
        if isRestricted, selection.clusterScope != .none { try await findNeeded() }
        let isExcluded = selection.excludedResources.contains("namespaces")
        let bare = needs.named.filter { $0.isNamespaceObject && (isExcluded || !storedNamespaces.contains($0.name)) }
        selection.needed = needs.named.filter { key in
            guard !selection.excludedResources.contains(key.groupResource) else { return false }
            return key.isNamespaceObject || (isRestricted && selection.clusterScope != .none)
        }
        for resource in resources where !resource.isNamespaced { try await scanClusterScoped(resource.groupResource) }
        for (damage, error, resource) in undecided where !selection.excludedResources.contains(resource) {
            lost.book(damage, error, of: resource, isCertain: false)
        }
        var present = Set(counts.filter { $0.value > 0 }.keys)
        present = present.filter { RestoreRule.nonRestorableResources[$0.description] == nil }
        if !bare.isEmpty { present.insert("namespaces") }
        return RestorePlan(
            selection: selection,
            facts: facts,
            order: RestoreOrder(resources: present, ownerEdges: ownerEdges, aggregatedGroups: aggregatedGroups),
            counts: counts,
            bareNamespaces: bare.map(\.name).sorted(),
            aggregatedGroups: aggregatedGroups
        )
    }

    // MARK: - Scans

    private mutating func scanNamespaced(_ resource: GroupResource) async throws {
        let isSelected = selection.resources.contains(resource)
        guard isSelected || RestoreFacts.inspected.contains(resource) else { return }
        if RestoreRule.nonRestorableResources[resource.description] != nil { return try await count(resource) }
        let namespaces = selection.namespaces
        let onDamage: DamageHandler = { planner, damage, error in
            if isSelected, planner.isSelected(damage, of: resource) { planner.lost.book(damage, error, of: resource) }
        }
        try await scan(resource, where: { namespaces.contains($0.namespace) }, onDamage: onDamage) {
            planner,
            key,
            object in
            if let object { planner.facts.collect(from: object, key: key) }
            guard isSelected else { return }
            if let object {
                guard planner.selection.takesLabels(of: key, object) else { return }
                planner.needs.collect(from: object, key: key)
            } else {
                planner.needs.collectPlace(of: key)
            }
            planner.noteSelected(object, key)
        }
    }

    /// - Returns: The names of the selected namespaces that the backup holds and that can be read.
    private mutating func scanNamespaces() async throws -> Set<String> {
        var names: Set<String> = []
        let namespaces = selection.namespaces
        try await scan("namespaces", where: { namespaces.contains($0.name) }) { planner, key, object in
            if let object { planner.facts.collect(from: object, key: key) }
            names.insert(key.name)
        }
        return names
    }

    private mutating func scanClusterScoped(_ resource: GroupResource) async throws {
        if RestoreRule.nonRestorableResources[resource.description] != nil { return try await count(resource) }
        let selection = selection
        guard
            selection.resources.contains(resource) || selection.needed.contains(where: { $0.groupResource == resource })
        else { return }
        let onDamage: DamageHandler = { planner, damage, error in
            if planner.isSelected(damage, of: resource) { planner.lost.book(damage, error, of: resource) }
        }
        try await scan(resource, where: { selection.includes($0) }, onDamage: onDamage) { planner, key, object in
            if let object {
                guard planner.selection.takesLabels(of: key, object) else { return }
                if resource == "apiservices.apiregistration.k8s.io", object["spec", "service"]?.object != nil,
                    let group = object["spec", "group"]?.text
                {
                    planner.aggregatedGroups.insert(group)
                }
            }
            planner.noteSelected(object, key)
        }
    }

    /// Whether objects may be lost by `damage` that were to be restored.
    private func isSelected(_ damage: StoredObjects.Damage, of resource: GroupResource) -> Bool {
        switch damage {
        case .object(let key), .doubtful(let key): selection.includes(key)
        case .range(let range, _): selection.mayInclude(resource, in: range)
        }
    }

    /// Finds the cluster-scoped objects that the selected ones need, and what these need in turn.
    private mutating func findNeeded() async throws {
        let scan = { (planner: inout RestorePlanner, resource: GroupResource, body: ScanBody) in
            let onDamage: DamageHandler = { $0.undecided.append(($1, $2, resource)) }
            try await planner.scan(resource, onDamage: onDamage, body)
        }
        try await scan(&self, "persistentvolumes") { planner, key, object in
            guard let object, planner.needs.collectVolume(object, key: key) else { return }
            planner.needs.need(key)
        }
        try await scan(&self, "clusterrolebindings.rbac.authorization.k8s.io") { planner, key, object in
            guard let object, planner.needs.collectBinding(object) else { return }
            planner.needs.need(key)
        }
        var aggregation = ClusterRoleAggregation()
        let roles: GroupResource = "clusterroles.rbac.authorization.k8s.io"
        try await scan(&self, roles) { _, _, object in
            if let object { aggregation.add(object) }
        }
        for name in aggregation.aggregated(into: Set(needs.named.filter { $0.groupResource == roles }.map(\.name))) {
            needs.need(roles.group, roles.resource, name)
        }
        for kind in ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"] {
            try await scan(&self, GroupResource("\(kind).admissionregistration.k8s.io")) { planner, key, object in
                guard let object, planner.needs.needsWebhooks(object) else { return }
                planner.needs.need(key)
            }
        }
        try await scan(&self, "apiservices.apiregistration.k8s.io") { planner, key, object in
            guard let object, planner.needs.needsAPIService(object) else { return }
            planner.needs.need(key)
        }
    }

    /// Counts the selected objects of a resource of which nothing is restored.
    private mutating func count(_ resource: GroupResource) async throws {
        var count = 0
        try await objects.forEachKey(of: resource) { key in
            if selection.includes(key) { count += 1 }
        }
        counts[resource] = count
    }

    private typealias ScanBody = (inout RestorePlanner, StoredObjectKey, KubernetesObject?) -> Void
    private typealias DamageHandler = (inout RestorePlanner, StoredObjects.Damage, RepositoryError) -> Void

    /// Reads the objects of a resource.
    ///
    /// The body gets no object where neither kind nor content calls for a look at it.
    private mutating func scan(
        _ resource: GroupResource,
        where isSelected: @escaping @Sendable (StoredObjectKey) -> Bool = { _ in true },
        onDamage: DamageHandler = { _, _, _ in },
        _ body: ScanBody
    ) async throws {
        let isInspected = !resource.isPlain || !selection.labels.requirements.isEmpty
        var damages: [(StoredObjects.Damage, RepositoryError)] = []
        try await objects.forEach(of: resource, where: isSelected, onDamage: { damages.append(($0, $1)) }) {
            key,
            record in
            try Task.checkCancellation()
            let needsLook = isInspected || OwnerReferenceScan.mayHaveOwners(record)
            body(&self, key, needsLook ? try? KubernetesObject(parsing: record) : nil)
        }
        for (damage, error) in damages { onDamage(&self, damage, error) }
    }

    private mutating func noteSelected(_ object: KubernetesObject?, _ key: StoredObjectKey) {
        counts[key.groupResource, default: 0] += 1
        if let object { facts.collectController(object, key: key) }
        for reference in object?.ownerReferences ?? [] {
            guard let owner = resourceOfKind[GroupKind(apiVersion: reference.apiVersion, kind: reference.kind)],
                !Adoption.adopts(owner: owner, dependent: key.groupResource)
            else { continue }
            facts.owners.insert(ObjectUID(reference.uid))
            ownerEdges.insert(RestoreOrder.OwnerEdge(owner: owner, dependent: key.groupResource))
        }
    }
}

extension GroupResource {
    /// Whether objects of the resource have nothing that a plan has to know but their owners.
    fileprivate var isPlain: Bool {
        let clusterScoped: Set<GroupResource> = [
            "persistentvolumes", "clusterrolebindings.rbac.authorization.k8s.io",
            "clusterroles.rbac.authorization.k8s.io", "apiservices.apiregistration.k8s.io",
            "validatingwebhookconfigurations.admissionregistration.k8s.io",
            "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        ]
        return !RestoreFacts.inspected.contains(self) && !Adoption.controllers.contains(self)
            && !ClusterNeeds.inspected.contains(self)
            && !clusterScoped.contains(self)
    }
}
