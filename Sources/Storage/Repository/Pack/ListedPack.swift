import ObjectStore

/// A pack as it is listed.
struct ListedPack: Sendable {
    let id: PackID
    let sizeInBytes: Int
    /// By the store's clock, in seconds since 1970.
    let modifiedAt: Double

    /// Lists the packs of a store, in the order of their ids: one request for each 1,000.
    static func list(in store: any ObjectStore) async throws -> [ListedPack] { try await PackList(of: store).packs }
}

/// The packs of a store and the relocations that lie beside them, both in the order of ids: one request for each 1,000.
struct PackList: Sendable {
    private(set) var packs: [ListedPack] = []
    /// Each with the pack that it is of, and its own size and age.
    private(set) var relocations: [ListedPack] = []

    init(of store: any ObjectStore) async throws {
        var list = PackList()
        try await store.list(prefix: PackID.prefix) { objects in
            for object in objects { list.add(object) }
        }
        self = list
    }

    init() {}

    /// - Returns: Whether it was one of them.
    @discardableResult
    mutating func add(_ object: ObjectStat) -> Bool {
        let (size, time) = (object.sizeInBytes, object.modifiedAt)
        if let id = PackID(key: object.key) {
            packs.append(ListedPack(id: id, sizeInBytes: size, modifiedAt: time))
        } else if let id = PackID(relocationKey: object.key) {
            relocations.append(ListedPack(id: id, sizeInBytes: size, modifiedAt: time))
        } else {
            return false
        }
        return true
    }
}
