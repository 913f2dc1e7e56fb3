/// What a prune did, or would do.
package struct PruneReport: Sendable {
    /// Packs, and their bytes as stored.
    package struct Tally: Sendable, Hashable {
        package private(set) var packs = 0
        package private(set) var bytes = 0

        package init() {}

        mutating func add(_ sizeInBytes: Int) {
            packs += 1
            bytes += sizeInBytes
        }

        mutating func remove(_ sizeInBytes: Int) {
            packs -= 1
            bytes -= sizeInBytes
        }
    }

    /// What becomes of a pack.
    package enum Action: String, Sendable, CaseIterable {
        /// Nothing refers to it: deleted.
        case delete
        /// Nothing refers to it any more: marked, to be deleted after the grace.
        case mark
        /// Nothing refers to it, and it was marked less than the grace ago.
        case wait
        /// Nothing refers to it, but it is younger than the grace: it may belong to a backup that is being made.
        case spare
        /// It was marked, and a backup refers to it: it stays.
        case revive
        /// A backup refers to it.
        case keep
        /// Backups need little of it: that was written anew, and the pack is deleted after the grace.
        case repack
        /// Nothing refers to it any more, but the store keeps it from deletion.
        case locked
    }

    package var backups = 0
    package var tallies: [Action: Tally] = [:]
    /// Packs that are not simply kept, in the order of their ids; at most ``mostListed``.
    package var packs: [(pack: PackID, sizeInBytes: Int, action: Action)] = []
    /// Packs of which another prune or a backup took hold meanwhile: left as they are.
    package var contested = 0
    /// What no backup needs of packs that backups need, and what is left so once the chosen ones are gone, in bytes.
    ///
    /// Only packs count whose tables of contents were read.
    package var unusedBytes = 0
    /// What packs were written anew into.
    package var written = Tally()
    /// Packs that were to be written anew, and cannot be read: they stay as they are.
    package var unreadable = 0
    /// When the store lets go of the last of the packs that it keeps, in seconds since 1970; `nil` when it keeps none.
    package var lockedUntil: Double?
    /// Relocations that nothing needs any more, and that were deleted.
    package var deletedRelocations = 0
    /// Segments of the index that named deleted packs only, and were deleted.
    package var deletedIndexSegments = 0

    package static let mostListed = 1000

    package init() {}

    package func tally(_ action: Action) -> Tally { tallies[action] ?? Tally() }

    mutating func add(_ pack: ListedPack, _ action: Action) {
        tallies[action, default: Tally()].add(pack.sizeInBytes)
        note(pack, action)
    }

    /// A pack that was to be deleted turns out to be kept by the store for longer than its age tells.
    mutating func refuse(_ pack: ListedPack) {
        tallies[.delete]?.remove(pack.sizeInBytes)
        tallies[.locked, default: Tally()].add(pack.sizeInBytes)
        if let place = packs.firstIndex(where: { $0.pack == pack.id }) { packs[place].action = .locked }
    }

    /// A pack that was kept so far turns out to be better written anew.
    mutating func repack(_ pack: ListedPack) {
        tallies[.keep]?.remove(pack.sizeInBytes)
        tallies[.repack, default: Tally()].add(pack.sizeInBytes)
        note(pack, .repack)
    }

    private mutating func note(_ pack: ListedPack, _ action: Action) {
        guard action != .keep, packs.count < Self.mostListed else { return }
        packs.append((pack.id, pack.sizeInBytes, action))
    }
}
