import Concurrency
import ObjectStore

/// A step of a walk over entries, of which some are read.
enum ReadingStep {
    case entry(ManifestEntry, isRead: Bool)
    case damage(ManifestDamage, RepositoryError)

    /// The block to read for this step.
    fileprivate var block: BlockLocation? {
        if case .entry(let entry, isRead: true) = self { entry.location.block } else { nil }
    }
}

/// A walk over entries in the order of their keys that says of each whether its record is wanted.
protocol ReadingWalk {
    /// The next step; `nil` behind the last one.
    mutating func next() async throws -> ReadingStep?
}

/// Cuts a walk into as many steps as are read at once.
private struct ReadingWindows<Walk: ReadingWalk> {
    private static var steps: Int { 4096 }
    private static var blocks: Int { 48 }
    private static var bytes: Int { 12 << 20 }

    private var walk: Walk
    /// A step that the last window had no room for.
    private var waiting: ReadingStep?

    init(_ walk: Walk) { self.walk = walk }

    /// - Returns: Nothing behind the last step.
    mutating func next() async throws -> [ReadingStep] {
        var steps: [ReadingStep] = []
        var blocks: Set<BlockLocation> = []
        var bytes = 0
        while let step = try await nextStep() {
            if let block = step.block, blocks.insert(block).inserted { bytes += Int(block.storedLength) }
            let isFull = steps.count >= Self.steps || blocks.count > Self.blocks || bytes > Self.bytes
            if isFull, !steps.isEmpty {
                waiting = step
                return steps
            }
            steps.append(step)
        }
        return steps
    }

    private mutating func nextStep() async throws -> ReadingStep? {
        guard let step = waiting else { return try await walk.next() }
        waiting = nil
        return step
    }
}

extension ManifestReader {
    /// Walks, and reads the records that the walk wants, ahead of `body` and in few ranged requests.
    ///
    /// - Parameters:
    ///   - width: As many requests read at once.
    ///   - onDamage: Told of what the walk, or reading, comes upon.
    ///   - body: Gets each entry, and its record when that is wanted.
    func forEachEntry(
        of walk: some ReadingWalk,
        width: Int,
        onDamage: (ManifestDamage, RepositoryError) async throws -> Void,
        _ body: (ManifestEntry, ArraySlice<UInt8>?) async throws -> Void
    ) async throws {
        var windows = ReadingWindows(walk)
        var window = try await windows.next()
        var kept: [BlockLocation: OpenedBlock] = [:]
        while !window.isEmpty {
            let (current, known) = (window, kept)
            async let reading = read(Set(current.compactMap(\.block)), known: known, width: width)
            window = try await windows.next()
            let blocks = try await reading
            for step in current {
                switch step {
                case .damage(let damage, let error): try await onDamage(damage, error)
                case .entry(let entry, isRead: false): try await body(entry, nil)
                case .entry(let entry, isRead: true):
                    guard let block = blocks[entry.location.block] else {
                        preconditionFailure("the window was read whole")
                    }
                    let record: ArraySlice<UInt8>
                    do {
                        record = try Self.record(entry, in: try block.get(), keys: reader.keys)
                    } catch {
                        try await onDamage(.record(entry), error)
                        continue
                    }
                    try await body(entry, record)
                }
            }
            // The next window often begins in the block in which this one ends.
            kept = [:]
            if let last = current.last(where: { $0.block != nil })?.block { kept[last] = blocks[last] }
        }
    }

    /// Reads and opens the blocks of a window: neighbours in a pack in one request.
    @concurrent
    private func read(
        _ blocks: Set<BlockLocation>,
        known: [BlockLocation: OpenedBlock],
        width: Int
    ) async throws -> [BlockLocation: OpenedBlock] {
        let ranges = BlockRange.covering(blocks.subtracting(known.keys))
        let opened = try await ranges.concurrentMap(width: width) { try await reader.read($0) }
        return known.merging(opened.joined()) { first, _ in first }
    }
}
