import Concurrency
import ObjectStore

extension ManifestReader {
    /// Reads the records under all keys that start with `prefix` and that `isSelected` takes, in the order of keys.
    ///
    /// Blocks are read in few ranged requests and ahead of `body`, within a bound of memory.
    ///
    /// - Parameters:
    ///   - prefix: Empty reads everything.
    ///   - isSelected: Says by its key whether an entry is wanted; blocks without a wanted one are not read.
    ///   - onDamage: Told, in the order of keys, of each record that cannot be read, of each page of the manifest that
    ///     cannot be read and has keys with the prefix, and of the entries that are doubtful by it. All others are
    ///     delivered, unless it throws, which it does by itself.
    ///   - body: Gets each entry and its record, one after the other.
    /// - Throws: What `body` and `onDamage` throw; `ObjectStoreError` when the store fails otherwise than by having lost
    ///   or damaged an object.
    package func forEachRecord(
        prefix: ManifestKey = [],
        where isSelected: @Sendable (ManifestKey) -> Bool = { _ in true },
        onDamage: (ManifestDamage, RepositoryError) async throws -> Void = { throw $1 },
        _ body: (ManifestEntry, ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        var walk = try await walk(prefix: prefix)
        var window = try await nextWindow(&walk, where: isSelected)
        var kept: [BlockLocation: OpenedBlock] = [:]
        while !window.isEmpty {
            let known = kept
            let current = window
            async let reading = read(current.compactMap(\.block), known: known)
            window = try await nextWindow(&walk, where: isSelected)
            let blocks = try await reading
            for step in current {
                switch step {
                case .damage(let damage, let error): try await onDamage(damage, error)
                case .entry(let entry):
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

    private static let windowSteps = 4096
    private static let windowBlocks = 48
    private static let windowBytes = 12 << 20

    private func nextWindow(
        _ walk: inout ManifestWalk,
        where isSelected: (ManifestKey) -> Bool
    ) async throws -> [ManifestWalk.Step] {
        var steps: [ManifestWalk.Step] = []
        var blocks: Set<BlockLocation> = []
        var bytes = 0
        while let step = try await walk.next(where: isSelected) {
            if let block = step.block, blocks.insert(block).inserted { bytes += Int(block.storedLength) }
            let isFull =
                steps.count >= Self.windowSteps || blocks.count > Self.windowBlocks || bytes > Self.windowBytes
            if isFull, !steps.isEmpty {
                walk.putBack(step)
                return steps
            }
            steps.append(step)
        }
        return steps
    }

    /// Reads and opens the blocks of a window: neighbours in a pack in one request.
    @concurrent
    private func read(
        _ blocks: [BlockLocation],
        known: [BlockLocation: OpenedBlock]
    ) async throws -> [BlockLocation: OpenedBlock] {
        let wanted = Set(blocks).subtracting(known.keys)
        let opened = try await BlockRange.covering(wanted).concurrentMap(width: 4) { try await reader.read($0) }
        return known.merging(opened.joined()) { first, _ in first }
    }
}

extension ManifestWalk.Step {
    /// The block to read for this step.
    fileprivate var block: BlockLocation? {
        if case .entry(let entry) = self { entry.location.block } else { nil }
    }
}
