import ObjectStore

/// What is to be done with each pack: decided from lists alone.
struct PrunePlan: Sendable {
    /// How it is done.
    enum Work: Sendable, Equatable {
        case nothing
        /// The pack, and its relocation if it has one.
        case delete
        /// The pack, whose relocation stays.
        case vacate
        case mark(TombstoneStore.State)
        /// The relocation, which lacks something: the pack stays.
        case restore
    }

    struct Step: Sendable {
        let id: PackID
        /// `nil` when only its relocation is there.
        let pack: ListedPack?
        let relocation: ListedPack?
        /// The mark that was seen.
        let mark: TombstoneStore.Listed?
        var action: PruneReport.Action
        var work: Work
        /// Until when the store keeps it from deletion, in seconds since 1970; `nil` when it does not.
        let lockedUntil: Double?

        /// Both objects, as far as they are there.
        var keys: [ObjectKey] {
            (relocation.map { [Relocation.key($0.id)] } ?? []) + (pack.map { [$0.id.key] } ?? [])
        }
    }

    /// Every pack and relocation, in the order of ids.
    private(set) var steps: [Step] = []
    /// Packs that are gone, and whose marks may go.
    private(set) var spentMarks: [PackID] = []

    private let now: Double
    private let grace: Double
    private let isExclusive: Bool

    /// - Parameters:
    ///   - list: Made after `marks`, and before the backups were listed.
    ///   - marks: Listed after `now`.
    ///   - data: What the backups refer to.
    ///   - now: By the store's clock, in seconds since 1970.
    ///   - retention: Of the store.
    init(
        _ list: PackList,
        marks: [PackID: TombstoneStore.Listed],
        data: ResolvedData,
        now: Double,
        _ options: PruneOptions,
        retention: ObjectRetention?
    ) {
        self.now = now
        grace = options.grace / .seconds(1)
        isExclusive = options.isExclusive
        let relocations = Dictionary(uniqueKeysWithValues: list.relocations.map { ($0.id, $0) })
        let packs = Dictionary(uniqueKeysWithValues: list.packs.map { ($0.id, $0) })
        var rest = marks
        for id in Set(packs.keys).union(relocations.keys).sorted() {
            let (pack, relocation) = (packs[id], relocations[id])
            let mark = pack == nil ? marks[id] : rest.removeValue(forKey: id)
            let (isLive, isComplete) = (data.live.contains(id), data.complete.contains(id))
            let age = now - max(pack?.modifiedAt ?? 0, relocation?.modifiedAt ?? 0)
            var (action, work) =
                !isLive
                ? decide(unneeded: mark, isOld: age >= grace)
                : relocation == nil
                    ? decide(needed: mark)
                    : decide(relocated: mark, isComplete: isComplete, hasPack: pack != nil)
            let end = retention?.end(ofObjectWrittenAt: max(pack?.modifiedAt ?? 0, relocation?.modifiedAt ?? 0))
            let packEnd = retention.flatMap { retention in pack.map { retention.end(ofObjectWrittenAt: $0.modifiedAt) }
            }
            let lockedUntil = (work == .vacate ? packEnd : end).flatMap { $0 > now ? $0 : nil }
            if lockedUntil != nil, work == .delete || work == .vacate { (action, work) = (.locked, .nothing) }
            steps.append(
                Step(
                    id: id,
                    pack: pack,
                    relocation: relocation,
                    mark: mark,
                    action: action,
                    work: work,
                    lockedUntil: lockedUntil
                )
            )
        }
        // What is about to get another mark here keeps the one it has.
        let marked = Set(steps.lazy.filter { $0.work != .nothing }.map(\.id))
        spentMarks =
            rest.values.filter { (isExclusive || now - $0.modifiedAt >= grace) && !marked.contains($0.pack) }
            .filter { relocations[$0.pack] == nil || !$0.isCondemned }.map(\.pack).sorted()
        keepTargets(data.names())
    }

    /// What a relocation names stays until that is deleted, before which it must have been marked for a grace.
    private mutating func keepTargets(_ names: [PackID: Set<PackID>]) {
        if names.isEmpty { return }
        var deleted = Set(steps.lazy.filter { $0.work == .delete }.map(\.id))
        var changed = true
        while changed {
            changed = false
            for index in steps.indices where steps[index].work == .delete {
                guard let others = names[steps[index].id], !others.isSubset(of: deleted) else { continue }
                (steps[index].action, steps[index].work) = (.wait, .nothing)
                deleted.remove(steps[index].id)
                changed = true
            }
        }
    }

    private func isOld(_ mark: TombstoneStore.Listed?) -> Bool { mark.map { now - $0.modifiedAt >= grace } ?? false }

    private func decide(unneeded mark: TombstoneStore.Listed?, isOld isOldObject: Bool) -> (PruneReport.Action, Work) {
        if isExclusive { return (.delete, .delete) }
        switch mark?.state {
        case .deleting: return (.delete, .delete)
        case .marked: return isOld(mark) ? (.delete, .delete) : (.wait, .nothing)
        case .revived, .relocated, .gone, .distrusted, nil:
            return isOldObject ? (.mark, .mark(.marked)) : (.spare, .nothing)
        }
    }

    private func decide(needed mark: TombstoneStore.Listed?) -> (PruneReport.Action, Work) {
        switch mark?.state {
        case .marked, .relocated: (.revive, .mark(.revived))
        case .deleting, .gone, .revived, .distrusted, nil: (.keep, .nothing)
        }
    }

    private func decide(
        relocated mark: TombstoneStore.Listed?,
        isComplete: Bool,
        hasPack: Bool
    ) -> (PruneReport.Action, Work) {
        guard hasPack else { return mark?.state == .marked ? (.revive, .mark(.revived)) : (.keep, .nothing) }
        guard isComplete else {
            switch mark?.state {
            case .deleting, .gone: return (.keep, .nothing)
            case .marked, .relocated, .revived, .distrusted, nil: return (.revive, .restore)
            }
        }
        if isExclusive { return (.delete, .vacate) }
        switch mark?.state {
        case .gone: return (.delete, .vacate)
        case .relocated: return isOld(mark) ? (.delete, .vacate) : (.wait, .nothing)
        case .marked, .revived, .distrusted, nil: return (.mark, .mark(.relocated))
        case .deleting: return (.keep, .nothing)
        }
    }
}
