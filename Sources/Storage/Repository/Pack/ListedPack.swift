import ObjectStore

/// A pack as it is listed.
struct ListedPack: Sendable {
    let id: PackID
    let sizeInBytes: Int
    /// By the store's clock, in seconds since 1970.
    let modifiedAt: Double

    /// Lists the packs of a store, in the order of their ids: one request for each 1,000.
    static func list(in store: any ObjectStore) async throws -> [ListedPack] {
        var packs: [ListedPack] = []
        try await store.list(prefix: PackID.prefix) { objects in
            for object in objects {
                guard let id = PackID(key: object.key) else { continue }
                packs.append(ListedPack(id: id, sizeInBytes: object.sizeInBytes, modifiedAt: object.modifiedAt))
            }
        }
        return packs
    }
}
