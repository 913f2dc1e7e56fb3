import BackupEngine
import KubernetesModel
import Repository

/// Which objects of two backups are compared, as their keys tell.
struct ComparisonFilter: Sendable {
    /// The keys of the resources, sorted; one empty prefix for all.
    let prefixes: [ManifestKey]
    private let namespaces: [Glob]

    /// - Throws: ``OperationError`` for namespaces and resources that neither backup has.
    init(_ selection: ObjectSelection, _ old: BackupDetails, _ new: BackupDetails, backups: [String])
        throws(OperationError)
    {
        namespaces = try Self.namespaces(selection.includedNamespaces, Set(old.namespaces + new.namespaces), backups)
        prefixes = try Self.prefixes(selection.includedResources, old.resources + new.resources, backups)
    }

    /// A namespace takes the objects in it, and the object that makes it.
    func includes(_ key: ManifestKey) -> Bool {
        if namespaces.isEmpty { return true }
        guard let key = StoredObjectKey(bytes: key) else { return false }
        let namespace = key.qualifiedResource == "namespaces" ? key.name : key.namespace
        return !namespace.isEmpty && namespaces.contains { $0.matches(namespace) }
    }

    private static func namespaces(
        _ names: [String],
        _ known: Set<String>,
        _ backups: [String]
    ) throws(OperationError) -> [Glob] {
        var globs: [Glob] = []
        for name in names where name != "*" {
            guard let glob = Glob(name) else {
                throw OperationError(.usage, "'\(name)' is no name or pattern of namespaces: its '[' does not end.")
            }
            guard known.contains(where: glob.matches) else {
                throw OperationError(
                    .notFound,
                    "Neither '\(backups[0])' nor '\(backups[1])' holds a namespace '\(name)'. They hold: "
                        + "\(list(known.sorted()))."
                )
            }
            globs.append(glob)
        }
        return globs
    }

    private static func prefixes(
        _ names: [String],
        _ resources: [BackupDetails.ResourceCount],
        _ backups: [String]
    ) throws(OperationError) -> [ManifestKey] {
        if names.isEmpty || names.contains("*") { return [[]] }
        var found: Set<ManifestKey> = []
        for name in names {
            let matching =
                name.contains { "*?[".contains($0) }
                ? try matches(name, resources) : KindName(name).candidates(among: resources)
            guard !matching.isEmpty else {
                let known = Set(resources.map { GroupResource(group: $0.group, resource: $0.resource).description })
                    .sorted()
                throw OperationError(
                    .notFound,
                    "Neither '\(backups[0])' nor '\(backups[1])' holds objects of kind '\(name)'. They hold: \(list(known))."
                )
            }
            found.formUnion(matching.map { StoredObjectKey.prefix(group: $0.group, resource: $0.resource) })
        }
        return found.sorted { $0.isBefore($1) }
    }

    /// The resources that a pattern such as `*.apps` or `*claims` means.
    private static func matches(
        _ pattern: String,
        _ resources: [BackupDetails.ResourceCount]
    ) throws(OperationError) -> [BackupDetails.ResourceCount] {
        guard let glob = Glob(pattern.lowercased()) else {
            throw OperationError(.usage, "'\(pattern)' is no name or pattern of resources: its '[' does not end.")
        }
        return resources.filter {
            glob.matches(GroupResource(group: $0.group, resource: $0.resource).description) || glob.matches($0.resource)
        }
    }

    private static func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}
