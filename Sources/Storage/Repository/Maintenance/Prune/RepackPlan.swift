import Concurrency
import ObjectStore

/// Which packs are written anew, so that little is left in the store that no backup needs.
struct RepackPlan: Sendable {
    struct Candidate: Sendable {
        let pack: ListedPack
        /// The mark that was seen.
        let mark: TombstoneStore.Listed?
        /// Of the pack, that no backup needs: an estimate, in bytes.
        let deadBytes: Int

        /// Of the pack, that is to be written anew, in bytes.
        var liveBytes: Int { pack.sizeInBytes - deadBytes }
        var deadShare: Double { Double(deadBytes) / Double(max(1, pack.sizeInBytes)) }
    }

    /// The emptiest first.
    private(set) var chosen: [Candidate] = []
    /// What is left in packs of what no backup needs, once the chosen ones are written anew, in bytes.
    private(set) var unusedBytes = 0
    /// Packs whose table of contents cannot be read.
    private(set) var unreadable = 0

    private static let footersAtOnce = 8
    /// What was written anew so often stays: each time makes the way longer to what older backups name.
    private static let mostHops = 16

    /// Reads the tables of contents of packs that backups need and that are old enough; none when nothing may be written.
    init(
        _ plan: PrunePlan,
        _ data: ResolvedData,
        _ repository: Repository,
        _ options: PruneOptions,
        now: Double
    ) async throws {
        guard options.repackLimit > 0 else { return }
        let grace = options.grace / .seconds(1)
        let eligible = plan.steps.filter { step in
            guard let pack = step.pack, step.action == .keep, step.relocation == nil, step.lockedUntil == nil else {
                return false
            }
            let isUnmarked = [nil, .revived, .distrusted].contains(step.mark?.state)
            let isOld = options.isExclusive || now - pack.modifiedAt >= grace
            return isUnmarked && isOld && data.hops[step.id] ?? 0 < Self.mostHops
        }
        var candidates: [Candidate] = []
        for batch in eligible.batches(of: 64) {
            let found = try await batch.concurrentMap(width: Self.footersAtOnce) { step -> Candidate? in
                guard let pack = step.pack, let live = data.live.packs[step.id] else { return nil }
                do {
                    let footer = try await repository.reader.readFooter(of: pack.id)
                    let dead = footer.deadBytes(beside: live, in: pack.id)
                    return Candidate(pack: pack, mark: step.mark, deadBytes: min(dead, pack.sizeInBytes))
                } catch let error as RepositoryError where error.code == .damaged {
                    return nil
                }
            }
            unreadable += found.count { $0 == nil }
            candidates += found.compactMap { $0 }
        }
        // Those that stay whatever is chosen count as well.
        var total = plan.steps.reduce(0) { $0 + ($1.action == .keep ? $1.pack?.sizeInBytes ?? 0 : 0) }
        unusedBytes = candidates.reduce(0) { $0 + $1.deadBytes }
        var room = options.repackLimit
        for candidate in candidates.sorted(by: { $0.deadShare > $1.deadShare }) {
            if candidate.deadBytes == 0 || Double(unusedBytes) * 100 <= Double(total) * options.unusedPercent { break }
            if candidate.pack.sizeInBytes > room { continue }
            room -= candidate.pack.sizeInBytes
            unusedBytes -= candidate.deadBytes
            total -= candidate.deadBytes
            chosen.append(candidate)
        }
    }
}

extension PackFooter {
    /// How much of a pack nothing refers to: of a block that is needed in part, its share by the length of records.
    ///
    /// - Parameter live: What is referred to.
    fileprivate func deadBytes(beside live: LiveData.Blocks, in pack: PackID) -> Int {
        var dead = 0
        for (location, block) in zip(locations(in: pack), blocks) {
            guard let records = live[location] else {
                dead += Int(block.storedLength)
                continue
            }
            let whole = block.records.reduce(0) { $0 + $1.length }
            if block.kind == .manifest || whole == 0 { continue }
            let needed = records.reduce(0) { $0 + Int($1.length) }
            dead += Int(Double(block.storedLength) * (1 - min(1, Double(needed) / Double(whole))))
        }
        return dead
    }
}
