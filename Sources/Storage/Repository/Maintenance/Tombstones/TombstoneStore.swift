import ObjectStore

/// Marks of packs that are to be deleted: `tombstones/<pack>`.
///
/// A mark goes from `marked` to `deleting`, and outlives its pack by a grace; or to `revived`, and from there to `marked`
/// again. That of a pack that was written anew goes from `relocated` to `gone`, or to `revived`; that of one that is spoilt
/// is `distrusted` until it becomes `marked` or `relocated`. Each step but the first is a compare and swap, and no two marks
/// are the same: of two that take one for what it was, only one goes on.
/// `docs/format.md` says why that is enough.
struct TombstoneStore: Sendable {
    static let prefix = "tombstones/"
    /// No prune deletes what was marked later than this before it began, but one that runs alone.
    static let shortestGrace = Duration.seconds(3600)

    let store: any ObjectStore

    enum State: String, CaseIterable, Sendable {
        /// Nothing referred to the pack.
        case marked
        /// The pack is deleted, or about to be: there is no way back.
        case deleting
        /// A backup refers to the pack after all; counts as no mark.
        case revived
        /// What backups need of the pack was written anew: only that may be referred to.
        case relocated
        /// The same, and the pack is deleted, or about to be.
        case gone
        /// Part of the pack is spoilt: nobody may find chunks in it by the index; counts as no mark otherwise.
        case distrusted

        /// As many bytes has a mark: a listing tells what it is.
        var sizeInBytes: Int { rawValue.utf8.count + 34 }
    }

    struct Listed: Sendable {
        let pack: PackID
        let state: State
        /// By the store's clock, in seconds since 1970.
        let modifiedAt: Double
        let version: VersionTag

        /// Whether nothing new may refer to the pack.
        var isCondemned: Bool { state == .marked || state == .deleting }
        /// Whether nothing new may refer to the pack but what its relocation names.
        var isRelocated: Bool { state == .relocated || state == .gone }
        /// Whether the index may tell of chunks in the pack.
        var mayBeIndexed: Bool { state == .revived }
    }

    static func key(_ pack: PackID) -> ObjectKey { ObjectKey("\(prefix)\(pack)") }

    func list() async throws -> [PackID: Listed] {
        var listed: [PackID: Listed] = [:]
        try await store.list(prefix: Self.prefix) { objects in
            for object in objects {
                if let mark = Listed(object) { listed[mark.pack] = mark }
            }
        }
        return listed
    }

    /// The packs that a prune is about to delete, or has deleted.
    func doomed() async throws -> Set<PackID> {
        Set(try await list().values.lazy.filter { $0.isCondemned || $0.isRelocated }.map(\.pack))
    }

    /// Writes a mark.
    ///
    /// - Parameter old: The mark that it replaces; `nil` when there is none.
    /// - Returns: Whether it was written: otherwise there is another mark than `old`.
    func write(_ state: State, for pack: PackID, replacing old: Listed?) async throws -> Bool {
        let text = "\(state.rawValue) \(PackID())\n"
        do {
            try await store.put(
                Array(text.utf8),
                at: Self.key(pack),
                if: old.map { .matches($0.version) } ?? .absent
            )
            return true
        } catch let error as ObjectStoreError where error.code == .conflict || error.code == .notFound {
            return false
        }
    }

    func remove(_ packs: [PackID]) async throws { try await store.delete(packs.map(Self.key)) }
}

extension TombstoneStore.Listed {
    /// - Returns: `nil` for an object that is no mark.
    init?(_ object: ObjectStat) {
        guard object.key.rawValue.hasPrefix(TombstoneStore.prefix),
            let pack = PackID(hexadecimal: object.key.rawValue.dropFirst(TombstoneStore.prefix.count))
        else { return nil }
        self.init(
            pack: pack,
            // Whatever else lies there keeps new backups away from the pack.
            state: TombstoneStore.State.allCases.first { $0.sizeInBytes == object.sizeInBytes } ?? .marked,
            modifiedAt: object.modifiedAt,
            version: object.version
        )
    }
}
