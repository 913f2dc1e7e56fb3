import BackupEngine
import KubernetesModel
import Repository

/// Reads one object out of a backup, as it was in the cluster.
package struct ShowObject: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        case yaml
        case json
    }

    let settings: Settings
    let backup: String
    let cluster: String?
    let kind: String
    let name: String
    let namespace: String?

    /// - Parameters:
    ///   - object: `KIND/NAME`.
    ///   - namespace: Of a namespaced object.
    ///   - cluster: Tells backups of one name apart.
    package init(
        _ object: String,
        namespace: String?,
        from backup: String,
        cluster: String?,
        settings: Settings
    ) throws(OperationError) {
        let parts = object.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw OperationError(.usage, "'\(object)' is no object. Write KIND/NAME, for example 'deployment/web'.")
        }
        (kind, name) = (parts[0], parts[1])
        self.namespace = namespace
        self.backup = backup
        self.cluster = cluster
        self.settings = settings
    }

    /// - Returns: The object as text.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` when the backup does not hold it.
    package func run(_ format: Format) async throws -> String {
        let object = JSONValue.object(try await read().root)
        switch format {
        case .yaml: return try YAMLText.render(object)
        case .json: return MachineText.json(object)
        }
    }

    private func read() async throws -> KubernetesObject {
        let (repository, snapshotName) = try await settings.locationAccess().open(backup: backup, cluster: cluster)
        let (snapshot, details) = try await repository.snapshots.read(snapshotName)
        let resources = try BackupDetails.decode(details).resources
        let candidates = KindName(kind).candidates(among: resources)
        guard !candidates.isEmpty else {
            let kinds = Set(resources.map(\.kind)).sorted().joined(separator: ", ")
            throw OperationError(
                .notFound,
                "Backup '\(backup)' holds no objects of kind '\(kind)'."
                    + NearestName.hint(kind, among: resources.flatMap { [$0.kind.lowercased(), $0.resource] })
                    + " It holds: \(kinds.isEmpty ? "none" : kinds)."
            )
        }
        guard let content = snapshot.content(.objects) else { throw notFound }
        if namespace == nil, candidates.allSatisfy(\.isNamespaced) {
            throw OperationError(.usage, "A \(candidates[0].kind) lies in a namespace: name it with --namespace.")
        }
        let reader = repository.contents(of: content.manifest)
        for candidate in candidates {
            let key = StoredObjectKey(
                group: candidate.group,
                resource: candidate.resource,
                namespace: candidate.isNamespaced ? namespace ?? "" : "",
                name: name
            )
            guard let entry = try await reader.entry(at: key.bytes) else { continue }
            return try KubernetesObject(parsing: try await reader.record(entry))
        }
        throw notFound
    }

    private var notFound: OperationError {
        let place = namespace.map { " in namespace '\($0)'" } ?? ""
        return OperationError(.notFound, "Backup '\(backup)' holds no object '\(kind)/\(name)'\(place).")
    }
}
