/// What is to be done with each pack: decided from lists alone.
struct PrunePlan: Sendable {
    struct Step: Sendable {
        let pack: ListedPack
        let action: PruneReport.Action
        /// The mark that was seen.
        let mark: TombstoneStore.Listed?
    }

    /// Every pack, in the order of ids.
    private(set) var steps: [Step] = []
    /// Packs that are gone, and whose marks may go.
    private(set) var spentMarks: [PackID] = []

    /// - Parameters:
    ///   - packs: Listed after `marks`, and before the backups were.
    ///   - marks: Listed after `now`.
    ///   - live: What the backups refer to.
    ///   - now: By the store's clock, in seconds since 1970.
    init(
        packs: [ListedPack],
        marks: [PackID: TombstoneStore.Listed],
        live: LiveData,
        now: Double,
        _ options: PruneOptions
    ) {
        let grace = options.grace / .seconds(1)
        var rest = marks
        for pack in packs {
            let mark = rest.removeValue(forKey: pack.id)
            let action = Self.action(
                isLive: live.contains(pack.id),
                mark: mark,
                isMarkOld: mark.map { now - $0.modifiedAt >= grace } ?? false,
                isPackOld: now - pack.modifiedAt >= grace,
                isExclusive: options.isExclusive
            )
            steps.append(Step(pack: pack, action: action, mark: mark))
        }
        spentMarks = rest.values.filter { options.isExclusive || now - $0.modifiedAt >= grace }.map(\.pack).sorted()
    }

    private static func action(
        isLive: Bool,
        mark: TombstoneStore.Listed?,
        isMarkOld: Bool,
        isPackOld: Bool,
        isExclusive: Bool
    ) -> PruneReport.Action {
        if isLive { return mark?.state == .marked ? .revive : .keep }
        if isExclusive { return .delete }
        switch mark?.state {
        case .deleting: return .delete
        case .marked: return isMarkOld ? .delete : .wait
        case .revived, nil: return isPackOld ? .mark : .spare
        }
    }
}
