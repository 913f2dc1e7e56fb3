import KubernetesModel

/// Decides on the objects of one list as they come, and keeps the books of it.
///
/// A list that is begun anew gets a new pass: what the old one has noted does not count.
struct ListPass: Sendable {
    /// So many objects that cannot be stored are named; the others are counted.
    private static let mostFailuresNamed = 100

    let unit: ListUnit
    private let scope: NamespaceScope
    /// What the objects that are taken need, cluster-wide; `nil` when nobody asks.
    private(set) var needs: ClusterNeeds?
    var count: BackupDetails.ResourceCount
    /// How many objects each rule has left out.
    private(set) var exclusions: [String: Int] = [:]
    private(set) var failures: [BackupDetails.Failure] = []
    private var unnamedFailures = 0
    /// Every namespace that the list of namespaces shows.
    private(set) var namespacesSeen: Set<String> = []
    private var lastNamespace: String?

    private let isInspected: Bool
    private let isOfNamespaces: Bool

    /// - Parameter needs: What is needed already; `nil` where nobody will ask.
    init(_ unit: ListUnit, scope: NamespaceScope, needs: ClusterNeeds?) {
        self.unit = unit
        self.scope = scope
        self.needs = needs
        let resource = unit.resource
        isInspected = ClusterNeeds.inspected.contains(resource.groupResource)
        isOfNamespaces = resource.groupResource == "namespaces"
        count = BackupDetails.ResourceCount(
            group: resource.gvr.group,
            version: resource.gvr.version,
            resource: resource.gvr.resource,
            kind: resource.kind,
            isNamespaced: resource.isNamespaced
        )
    }

    /// Decides on one object.
    ///
    /// - Parameter bytes: The object as it is to be stored.
    /// - Returns: The key to store it under; `nil` when it is left out, or cannot be stored, which is noted.
    mutating func key(of item: ScannedItem, _ bytes: [UInt8]) -> StoredObjectKey? {
        if let problem = problem(of: item) {
            fail(item, problem)
            return nil
        }
        let resource = unit.resource.groupResource
        let key = StoredObjectKey(
            group: resource.group,
            resource: resource.resource,
            namespace: item.namespace ?? "",
            name: item.name
        )
        if isOfNamespaces {
            namespacesSeen.insert(item.name)
            // The ledger has it by its name.
            if scope.excluded.contains(item.name) { return nil }
        }
        if let rule = ruleOfPlace(item) ?? ruleOfLabels(item) ?? ruleOfNeed(item, bytes, key) {
            exclusions[rule, default: 0] += 1
            return nil
        }
        if item.hasDeletionTimestamp { count.terminating += 1 }
        return key
    }

    // MARK: - Where the object says it is

    /// Why an object cannot be where the list was asked for; a sound server sends no such thing.
    private func problem(of item: ScannedItem) -> String? {
        guard StoredObjectKey.isPart(item.name), StoredObjectKey.isPart(item.namespace ?? "") else {
            return "The server sent it with a '/' in its name, which no object has."
        }
        guard unit.resource.isNamespaced else {
            return item.namespace == nil ? nil : "The server sent it with a namespace, but its kind has none."
        }
        guard let namespace = item.namespace else { return "The server sent it without its namespace." }
        guard let asked = unit.namespace, asked != namespace else { return nil }
        return "The server sent it in the list of namespace '\(asked)', in which it is not."
    }

    private mutating func fail(_ item: ScannedItem, _ problem: String) {
        guard failures.count < Self.mostFailuresNamed else {
            unnamedFailures += 1
            return
        }
        let place = [unit.resource.groupResource.description, item.namespace, item.name].compactMap { $0 }
        failures.append(.init(subject: Self.short(place.joined(separator: "/")), reason: problem))
    }

    /// Names that come from a server that is not sound may be of any length.
    private static func short(_ text: String) -> String { text.count > 400 ? "\(text.prefix(400))…" : text }

    /// All that could not be stored, the last entry being for those that are not named.
    var allFailures: [BackupDetails.Failure] {
        guard unnamedFailures > 0 else { return failures }
        let reason = "The same is the matter with \(unnamedFailures) more objects."
        return failures + [.init(subject: unit.subject, reason: reason)]
    }

    // MARK: - Rules

    private func ruleOfPlace(_ item: ScannedItem) -> String? {
        isOfNamespaces ? scope.rule(forNamespace: item.name) : item.namespace.flatMap(scope.rule(forObjectsIn:))
    }

    private func ruleOfLabels(_ item: ScannedItem) -> String? {
        guard item.hasLabels else { return nil }
        return ExcludeLabel.found(in: item.labels).map { "label \($0)=true" }
    }

    /// Notes what the object needs if it is taken.
    private mutating func ruleOfNeed(_ item: ScannedItem, _ bytes: [UInt8], _ key: StoredObjectKey) -> String? {
        // Where nobody asks what is needed, nothing is looked into.
        guard var needs else { return nil }
        self.needs = nil
        defer { self.needs = needs }
        do {
            switch unit.taking {
            case .all: try collect(bytes, key, &needs)
            case .labelledOrNeeded(let selector) where selector.matches(item.labels): try collect(bytes, key, &needs)
            case .needed where try !isTaken(bytes, key, &needs): return "not needed by what is selected"
            case .labelledOrNeeded(let selector) where try !isTaken(bytes, key, &needs):
                return "not selected by --selector \(selector), and not needed by what is"
            case .needed, .labelledOrNeeded: break
            }
        } catch {
            fail(item, "What it needs is not known, for it cannot be read: \(error).")
        }
        return nil
    }

    private func isTaken(_ bytes: [UInt8], _ key: StoredObjectKey, _ needs: inout ClusterNeeds) throws -> Bool {
        let mayBeImplied = ClusterNeeds.implied.contains(unit.resource.groupResource)
        guard isInspected || mayBeImplied else { return needs.take(key) }
        return try needs.take(KubernetesObject(parsing: bytes), key: key)
    }

    private mutating func collect(_ bytes: [UInt8], _ key: StoredObjectKey, _ needs: inout ClusterNeeds) throws {
        if isInspected {
            needs.collect(from: try KubernetesObject(parsing: bytes), key: key)
        } else if lastNamespace != key.namespace {
            // The objects of a list come namespace by namespace, and are of one kind.
            lastNamespace = key.namespace
            needs.collectPlace(of: key)
        }
    }
}
