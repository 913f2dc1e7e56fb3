import KubernetesModel
import Synchronization

/// Objects that could not be created yet, and since when.
///
/// Holds their keys; the objects are read again.
final class PostponedObjects: Sendable {
    struct Entry: Sendable, Hashable {
        var postponement: Postponement
        /// When it was first postponed.
        var since: Duration
    }

    private let entries = Mutex<[GroupResource: [StoredObjectKey: Entry]]>([:])

    var isEmpty: Bool { entries.withLock(\.isEmpty) }

    func add(_ key: StoredObjectKey, _ postponement: Postponement, now: Duration) {
        entries.withLock { entries in
            let since = entries[key.groupResource]?[key]?.since ?? now
            entries[key.groupResource, default: [:]][key] = Entry(postponement: postponement, since: since)
        }
    }

    func remove(_ key: StoredObjectKey) {
        entries.withLock { entries in
            entries[key.groupResource]?[key] = nil
            if entries[key.groupResource]?.isEmpty == true { entries[key.groupResource] = nil }
        }
    }

    func contains(_ key: StoredObjectKey) -> Bool { postponement(of: key) != nil }

    /// Why an object waits; `nil` when it does not.
    func postponement(of key: StoredObjectKey) -> Postponement? {
        entries.withLock { $0[key.groupResource]?[key]?.postponement }
    }

    /// The resources of which objects wait.
    var resources: Set<GroupResource> { entries.withLock { Set($0.keys) } }

    func keys(of resource: GroupResource) -> Set<StoredObjectKey> {
        entries.withLock { entries in entries[resource].map { Set($0.keys) } ?? [] }
    }

    /// Takes the objects that have waited too long.
    func takeExpired(where isExpired: (Entry) -> Bool) -> [(StoredObjectKey, Entry)] {
        entries.withLock { entries in
            var expired: [(StoredObjectKey, Entry)] = []
            for (resource, objects) in entries {
                for (key, entry) in objects where isExpired(entry) {
                    expired.append((key, entry))
                    entries[resource]?[key] = nil
                }
                if entries[resource]?.isEmpty == true { entries[resource] = nil }
            }
            return expired
        }
    }
}
