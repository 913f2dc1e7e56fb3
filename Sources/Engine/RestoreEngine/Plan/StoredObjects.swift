import KubernetesModel
import Repository

/// Reads objects out of a backup, resource by resource, and goes on behind those that are damaged.
struct StoredObjects: Sendable {
    /// What of a backup cannot be restored because it cannot be read.
    enum Damage: Sendable, Hashable {
        case object(StoredObjectKey)
        /// An object that can be read, but may be that of an earlier backup.
        case doubtful(StoredObjectKey)
        /// Whatever objects had a place in a part of the backup's table.
        case range(ManifestKeyRange, entries: Int)

        /// The object; `nil` for a range.
        var key: StoredObjectKey? {
            switch self {
            case .object(let key), .doubtful(let key): key
            case .range: nil
            }
        }
    }

    let contents: ManifestReader

    /// Reads the objects of a resource that `isSelected` takes, in the order of their keys, one after the other.
    ///
    /// - Parameters:
    ///   - onDamage: Told of each selected object that cannot be read, and of each range in which there may have been
    ///     objects of the resource.
    ///   - body: Must not keep the bytes longer than it has to: they share a block with others.
    func forEach(
        of resource: GroupResource,
        where isSelected: @escaping @Sendable (StoredObjectKey) -> Bool,
        onDamage: (Damage, RepositoryError) -> Void,
        _ body: (StoredObjectKey, ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        try await contents.forEachRecord(
            prefix: StoredObjectKey.prefix(group: resource.group, resource: resource.resource),
            where: { StoredObjectKey(bytes: $0).map(isSelected) ?? false },
            onDamage: { damage, error in
                if let damage = Damage(damage) { onDamage(damage, error) }
            },
            { entry, record in
                if let key = StoredObjectKey(bytes: entry.key) { try await body(key, record) }
            }
        )
    }

    /// Walks over the keys of a resource, as far as they can be read, without reading objects.
    func forEachKey(of resource: GroupResource, _ body: (StoredObjectKey) -> Void) async throws {
        let prefix = StoredObjectKey.prefix(group: resource.group, resource: resource.resource)
        try await contents.forEachEntry(prefix: prefix, onDamage: { _, _ in }) { entry in
            try Task.checkCancellation()
            if let key = StoredObjectKey(bytes: entry.key) { body(key) }
        }
    }
}

extension StoredObjects.Damage {
    /// - Returns: `nil` for an entry that is no object's.
    fileprivate init?(_ damage: ManifestDamage) {
        switch damage {
        case .record(let entry):
            guard let key = StoredObjectKey(bytes: entry.key) else { return nil }
            self = .object(key)
        case .doubtful(let entry):
            guard let key = StoredObjectKey(bytes: entry.key) else { return nil }
            self = .doubtful(key)
        case .page(let range, let rowCount): self = .range(range, entries: rowCount)
        }
    }
}
