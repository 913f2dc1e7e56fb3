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
        try await forEachEntry(prefix: prefix, where: isSelected, reading: { _ in true }, onDamage: onDamage) {
            entry,
            record in
            guard let record else { preconditionFailure("every record is read") }
            try await body(entry, record)
        }
    }

    /// Walks over the entries under all keys that start with `prefix` and that `isSelected` takes, in the order of keys,
    /// and reads the records of some, as ``forEachRecord(prefix:where:onDamage:_:)`` does.
    ///
    /// - Parameters:
    ///   - isRead: Says by its key whether the record of an entry is wanted.
    ///   - body: Gets each entry, and its record when that is wanted.
    package func forEachEntry(
        prefix: ManifestKey = [],
        where isSelected: @Sendable (ManifestKey) -> Bool = { _ in true },
        reading isRead: @Sendable (ManifestKey) -> Bool,
        onDamage: (ManifestDamage, RepositoryError) async throws -> Void = { throw $1 },
        _ body: (ManifestEntry, ArraySlice<UInt8>?) async throws -> Void
    ) async throws {
        var walk = try await walk(prefix: prefix)
        var window = try await nextWindow(&walk, where: isSelected, reading: isRead)
        var kept: [BlockLocation: OpenedBlock] = [:]
        while !window.isEmpty {
            let known = kept
            let current = window
            let wanted = Set(current.compactMap { $0.block(reading: isRead) })
            async let reading = read(wanted, known: known)
            window = try await nextWindow(&walk, where: isSelected, reading: isRead)
            let blocks = try await reading
            for step in current {
                switch step {
                case .damage(let damage, let error): try await onDamage(damage, error)
                case .entry(let entry):
                    guard isRead(entry.key) else {
                        try await body(entry, nil)
                        continue
                    }
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
            if let last = current.last(where: { $0.block(reading: isRead) != nil })?.block(reading: isRead) {
                kept[last] = blocks[last]
            }
        }
    }

    private static let windowSteps = 4096
    private static let windowBlocks = 48
    private static let windowBytes = 12 << 20

    private func nextWindow(
        _ walk: inout ManifestWalk,
        where isSelected: (ManifestKey) -> Bool,
        reading isRead: (ManifestKey) -> Bool
    ) async throws -> [ManifestWalk.Step] {
        var steps: [ManifestWalk.Step] = []
        var blocks: Set<BlockLocation> = []
        var bytes = 0
        while let step = try await walk.next(where: isSelected) {
            if let block = step.block(reading: isRead), blocks.insert(block).inserted {
                bytes += Int(block.storedLength)
            }
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
        _ blocks: Set<BlockLocation>,
        known: [BlockLocation: OpenedBlock]
    ) async throws -> [BlockLocation: OpenedBlock] {
        let wanted = blocks.subtracting(known.keys)
        let opened = try await BlockRange.covering(wanted).concurrentMap(width: 4) { try await reader.read($0) }
        return known.merging(opened.joined()) { first, _ in first }
    }
}

extension ManifestWalk.Step {
    /// The block to read for this step.
    fileprivate func block(reading isRead: (ManifestKey) -> Bool) -> BlockLocation? {
        if case .entry(let entry) = self, isRead(entry.key) { entry.location.block } else { nil }
    }
}
