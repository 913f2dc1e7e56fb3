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
            let firstPath = links.firstPath(of: found)
            let size = found.kind == .file && firstPath == nil ? found.status.size : 0
            let parent = try await parents.node(at: found.path)
            if let parent, parent.isWhole, found.status.isUnchanged(since: parent.node),
                parent.node.firstPath == firstPath
            {
                steps.append(.carry(found.path, found.kind, size: size))
                continue
            }
            let isLarge = size > Self.largestWhole
            if !steps.isEmpty, isLarge || bytes >= Self.unitBytes {
                units.append(ReadUnit(steps))
                (steps, bytes) = ([], 0)
            }
            let step = ReadUnit.Step.read(found, firstPath: firstPath)
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
