import KubernetesModel
import Repository

/// Reads objects out of a backup, resource by resource, and goes on behind those that are damaged.
struct StoredObjects: Sendable {
    let contents: ManifestReader

    /// Reads the objects of a resource that `isSelected` takes, in the order of their keys, one after the other.
    ///
    /// - Parameters:
    ///   - onDamage: Told of what cannot be read: an object, or all of the resource from some object on.
    ///   - body: Must not keep the bytes longer than it has to: they share a block with others.
    func forEach(
        of resource: GroupResource,
        where isSelected: @escaping @Sendable (StoredObjectKey) -> Bool,
        onDamage: (String, RepositoryError) -> Void,
        _ body: (StoredObjectKey, ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        let prefix = StoredObjectKey.prefix(group: resource.group, resource: resource.resource)
        var last: ManifestKey?
        do {
            let takes: @Sendable (ManifestKey) -> Bool = { StoredObjectKey(bytes: $0).map(isSelected) ?? false }
            try await contents.forEachRecord(prefix: prefix, where: takes) { entry, record in
                guard let key = StoredObjectKey(bytes: entry.key) else { return }
                try await body(key, record)
                last = entry.key
            }
        } catch let error as RepositoryError where error.code == .damaged {
            // Blocks are read many at a time; one by one, only those that are damaged are lost.
            try await forEachSingly(of: resource, after: last, where: isSelected, onDamage: onDamage, body)
        }
    }

    private func forEachSingly(
        of resource: GroupResource,
        after last: ManifestKey?,
        where isSelected: (StoredObjectKey) -> Bool,
        onDamage: (String, RepositoryError) -> Void,
        _ body: (StoredObjectKey, ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        do {
            try await forEachEntry(of: resource, after: last) { key, entry in
                guard isSelected(key) else { return }
                let record: [UInt8]
                do {
                    record = try await contents.record(entry)
                } catch let error as RepositoryError where error.code == .damaged {
                    onDamage(key.description, error)
                    return
                }
                try await body(key, record[...])
            }
        } catch let error as RepositoryError where error.code == .damaged {
            onDamage(resource.description, error)
        }
    }

    /// Walks over the keys of a resource without reading objects.
    func forEachKey(of resource: GroupResource, _ body: (StoredObjectKey) -> Void) async throws {
        try await forEachEntry(of: resource, after: nil) { key, _ in body(key) }
    }

    private func forEachEntry(
        of resource: GroupResource,
        after last: ManifestKey?,
        _ body: (StoredObjectKey, ManifestEntry) async throws -> Void
    ) async throws {
        let prefix = StoredObjectKey.prefix(group: resource.group, resource: resource.resource)
        var cursor = try await contents.cursor(from: last ?? prefix)
        while let entry = cursor.current, entry.key.starts(with: prefix) {
            try Task.checkCancellation()
            if entry.key != last, let key = StoredObjectKey(bytes: entry.key) { try await body(key, entry) }
            try await cursor.advance()
        }
    }
}
