import Foundation
import ObjectStore

extension Repository {
    /// Sees to it that what a backup refers to is kept from deletion for as long as that is worth something: for at least
    /// half of the store's period.
    ///
    /// What the backup wrote is kept by itself. A pack that was there is known to be kept until what the manifest says that
    /// the backup builds on: so packs cost a request in half a period, not in every backup. Of one that is not in that
    /// manifest nothing is known, whatever its age: who wrote it may not have kept it. The root is kept with them.
    ///
    /// - Parameter now: Now.
    /// - Returns: Until when everything is kept at least; `nil` where the store keeps nothing.
    /// - Throws: `ObjectStoreError` when a pack cannot be kept: then there is to be no backup that refers to it.
    func retain(_ inventory: PackInventory, at now: Date) async throws -> Date? {
        guard let retention = store.retention else { return nil }
        let now = now.timeIntervalSince1970
        let wanted = now + retention.period
        let enough = now + retention.period / 2
        let used = inventory.usedRetentions
        var end = wanted
        var keys: [ObjectKey] = []
        let relocated = inventory.usedRelocated
        // With the packs that a manifest speaks of, the root was kept.
        let rootEnd = max(used.map(\.retainedUntil).max() ?? 0, relocated.values.max() ?? 0)
        if rootEnd < enough { keys.append(Self.rootKey) } else { end = min(end, rootEnd) }
        for pack in used {
            if pack.retainedUntil < enough { keys.append(pack.pack.key) } else { end = min(end, pack.retainedUntil) }
        }
        for (pack, packEnd) in relocated {
            if packEnd < enough { keys += try await placesOfRelocated(pack) } else { end = min(end, packEnd) }
        }
        do {
            try await store.retain(keys, until: wanted)
        } catch let error as ObjectStoreError where error.code == .notFound {
            // A prune has written a pack anew since the list was kept.
            for key in keys { try await retain(key, until: wanted) }
        }
        return Date(timeIntervalSince1970: end.rounded(.down))
    }

    private func retain(_ key: ObjectKey, until end: Double) async throws {
        do {
            try await store.retain([key], until: end)
        } catch let error as ObjectStoreError where error.code == .notFound {
            guard let pack = PackID(key: key) else { throw error }
            let places = try await placesOfRelocated(pack)
            if places.isEmpty { throw error }
            try await store.retain(places, until: end)
        }
    }

    /// The relocation of a pack, and the packs that hold what it held.
    private func placesOfRelocated(_ pack: PackID, hops: Int = 0) async throws -> [ObjectKey] {
        guard hops < RelocationTable.mostHops, let relocation = try await relocations.relocation(of: pack) else {
            return []
        }
        var keys = [Relocation.key(pack)]
        for target in relocation.targets.sorted() {
            let further = try await placesOfRelocated(target, hops: hops + 1)
            keys += further.isEmpty ? [target.key] : further
        }
        return keys
    }
}
