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
    }

    package var backups = 0
    package var tallies: [Action: Tally] = [:]
    /// Packs that are not simply kept, in the order of their ids; at most ``mostListed``.
    package var packs: [(pack: PackID, sizeInBytes: Int, action: Action)] = []
    /// Packs of which another prune or a backup took hold meanwhile: left as they are.
    package var contested = 0
    /// Segments of the index that named deleted packs only, and were deleted.
    package var deletedIndexSegments = 0

    package static let mostListed = 1000

    package init() {}

    package func tally(_ action: Action) -> Tally { tallies[action] ?? Tally() }

    mutating func add(_ pack: ListedPack, _ action: Action) {
        tallies[action, default: Tally()].add(pack.sizeInBytes)
        guard action != .keep, packs.count < Self.mostListed else { return }
        packs.append((pack.id, pack.sizeInBytes, action))
    }
}
