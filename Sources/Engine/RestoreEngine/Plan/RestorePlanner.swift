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
            if let object, !planner.selection.takesLabels(of: key, object) { return }
            planner.collectNeeds(of: object, key)
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
        let clusterScoped = resources.filter { !$0.isNamespaced }.map(\.groupResource)
            .filter { !selection.excludedResources.contains($0) && $0 != "namespaces" }
        // What nothing needs comes first: it only refers to others.
        let candidates = Set(ClusterNeeds.candidates)
        for resource in clusterScoped where !candidates.contains(resource) { try await findNeeded(of: resource) }
        for resource in ClusterNeeds.candidates where clusterScoped.contains(resource) {
            if resource == ClusterNeeds.clusterRoles { try await findAggregatedRoles() }
            try await findNeeded(of: resource)
        }
    }

    /// Finds the objects of a resource that are needed, and notes what these and the selected ones need themselves.
    private mutating func findNeeded(of resource: GroupResource) async throws {
        let mayBeImplied = ClusterNeeds.implied.contains(resource)
        let named = needs.named.filter { $0.groupResource == resource }
        let isSelected = selection.takesWhole(resource)
        guard mayBeImplied || isSelected || !named.isEmpty else { return }
        let onDamage: DamageHandler = { planner, damage, error in
            // What is named, or selected, is met again when it is counted.
            if mayBeImplied { planner.undecided.append((damage, error, resource)) }
        }
        let isRead = { @Sendable (key: StoredObjectKey) in mayBeImplied || isSelected || named.contains(key) }
        try await scan(resource, where: isRead, onDamage: onDamage) { planner, key, object in
            if isSelected, object.map({ planner.selection.labels.matches($0.labels) }) ?? true {
                planner.collectNeeds(of: object, key)
            } else if object.map({ planner.needs.take($0, key: key) }) ?? planner.needs.take(key) {
                planner.needs.need(resource, key.name)
            }
        }
    }

    private mutating func findAggregatedRoles() async throws {
        var aggregation = ClusterRoleAggregation()
        var taken: Set<String> = []
        var damages: [(StoredObjects.Damage, RepositoryError)] = []
        let isSelected = selection.takesWhole(ClusterNeeds.clusterRoles)
        let onDamage: DamageHandler = { _, damage, error in damages.append((damage, error)) }
        try await scan(ClusterNeeds.clusterRoles, onDamage: onDamage) { planner, key, object in
            guard let object else { return }
            aggregation.add(object)
            if isSelected, planner.selection.labels.matches(object.labels) { taken.insert(key.name) }
        }
        let gathers = needs.collectAggregated(aggregation, taken: taken)
        guard gathers else { return }
        // A role that cannot be read may be one of those; where it is certain, it is booked when it is counted.
        undecided += damages.map { ($0, $1, ClusterNeeds.clusterRoles) }
    }

    private mutating func collectNeeds(of object: KubernetesObject?, _ key: StoredObjectKey) {
        if let object { needs.collect(from: object, key: key) } else { needs.collectPlace(of: key) }
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
        !RestoreFacts.inspected.contains(self) && !Adoption.controllers.contains(self)
            && !ClusterNeeds.inspected.contains(self) && !ClusterNeeds.implied.contains(self)
            && self != ClusterNeeds.clusterRoles
    }
}
