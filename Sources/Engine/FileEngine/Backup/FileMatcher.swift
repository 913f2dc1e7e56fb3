import Concurrency
import Repository

/// Decides which nodes are unchanged since the backup before, and cuts the walk into units.
struct FileMatcher: Sendable {
    /// Larger files are cut into chunks, each one a unit of its own.
    static let largestWhole = 256 << 10
    /// A unit is closed when it has so many bytes to read.
    private static let unitBytes = 1 << 20
    private static let batchSize = 256

    let walk: FileWalk
    let pool: BlockingPool
    let parents: BoundedChannel<[ParentNode]>?
    let ledger: FileLedger

    /// - Parameters:
    ///   - work: Gets each unit, to be read.
    ///   - order: Gets each unit, in order.
    @concurrent
    func run(sendingTo work: BoundedChannel<ReadUnit>, inOrderTo order: BoundedChannel<ReadUnit>) async throws {
        var links = HardLinks()
        var parents = ParentNodeCursor(parents)
        while true {
            let batch = try await pool.run { walk.next(limit: Self.batchSize) }
            if batch.isEmpty { break }
            // A unit outlives no batch, so that few folders are held open.
            for unit in try await units(of: batch, &links, &parents) {
                try await work.send(unit)
                try await order.send(unit)
            }
        }
        if links.isOverfull {
            ledger.warn(
                "More than \(links.capacity) files with several names were open at once: those beyond are stored under each "
                    + "name by itself, and restored as files of their own."
            )
        }
        work.finish()
        order.finish()
    }

    private func units(
        of batch: [WalkedNode],
        _ links: inout HardLinks,
        _ parents: inout ParentNodeCursor
    ) async throws -> [ReadUnit] {
        var units: [ReadUnit] = []
        var steps: [ReadUnit.Step] = []
        var bytes = 0
        for found in batch {
            let file = links.file(of: found)
            let isFurther = file.map { $0.firstPath != found.path } ?? false
            let size = found.kind == .file && !isFurther ? found.status.size : 0
            let parent = try await parents.node(at: found.path)
            let isUnchanged =
                parent.map {
                    $0.isWhole && found.status.isUnchanged(since: $0.node)
                        && $0.node.firstPath == (isFurther ? file?.firstPath : nil)
                } ?? false
            if isFurther, let file {
                steps.append(.link(ReadUnit.FurtherName(found: found, file: file, isUnchanged: isUnchanged)))
                continue
            }
            if isUnchanged {
                file?.store(at: found.path)
                steps.append(.carry(found.path, found.kind, size: size))
                continue
            }
            let isLarge = size > Self.largestWhole
            if !steps.isEmpty, isLarge || bytes >= Self.unitBytes {
                units.append(ReadUnit(steps))
                (steps, bytes) = ([], 0)
            }
            let step = ReadUnit.Step.read(found, file)
            if isLarge {
                units.append(ReadUnit([step]))
            } else {
                steps.append(step)
                bytes += size
            }
        }
        if !steps.isEmpty { units.append(ReadUnit(steps)) }
        return units
    }
}
