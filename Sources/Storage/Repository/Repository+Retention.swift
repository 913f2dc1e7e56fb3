import Foundation
import ObjectStore

extension Repository {
    /// Sees to it that what a backup refers to is kept from deletion for as long as that is worth something: for at least
    /// half of the store's period.
    ///
    /// What the backup wrote is kept by itself. A pack that was there is known to be kept for the period from when it was
    /// written, and until what the manifest says that the backup builds on: so packs cost a request in half a period, not
    /// in every backup. The root is kept with them.
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
        // With the packs that a manifest speaks of, the root was kept.
        let rootEnd = used.map(\.retainedUntil).max() ?? 0
        if rootEnd < enough { keys.append(Self.rootKey) } else { end = min(end, rootEnd) }
        for pack in used {
            let packEnd = max(pack.retainedUntil, retention.end(ofObjectWrittenAt: pack.modifiedAt))
            if packEnd < enough { keys.append(pack.pack.key) } else { end = min(end, packEnd) }
        }
        try await store.retain(keys, until: wanted)
        return Date(timeIntervalSince1970: end.rounded(.down))
    }
}
