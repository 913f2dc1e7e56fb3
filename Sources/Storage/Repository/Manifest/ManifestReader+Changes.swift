import Concurrency
import ObjectStore

extension ManifestReader {
    private enum Step {
        /// The earlier manifest has the same record under the key.
        case same(ManifestEntry)
        case changed(ManifestEntry)
        case damage(ManifestDamage, RepositoryError)

        var block: BlockLocation? {
            if case .changed(let entry) = self { entry.location.block } else { nil }
        }
    }

    /// The entries of a manifest beside those of an earlier one.
    private struct ChangeWalk {
        var walk: ManifestWalk
        var earlier: ManifestCursor?

        private static let windowSteps = 4096
        private static let windowBlocks = 48
        private static let windowBytes = 12 << 20

        mutating func next() async throws -> Step? {
            switch try await walk.next(where: { _ in true }) {
            case nil: nil
            case .damage(let damage, let error): .damage(damage, error)
            case .entry(let entry): try await isSame(entry) ? .same(entry) : .changed(entry)
            }
        }

        private mutating func isSame(_ entry: ManifestEntry) async throws -> Bool {
            guard var cursor = earlier else { return false }
            do {
                while let other = cursor.current, other.key.isBefore(entry.key) { try await cursor.advance() }
            } catch let error as RepositoryError where error.code == .damaged {
                // What cannot be compared is read.
                earlier = nil
                return false
            }
            earlier = cursor
            return cursor.current.map { $0.key == entry.key && $0.id == entry.id } ?? false
        }

        /// As many steps as are read at once.
        mutating func nextWindow() async throws -> [Step] {
            var steps: [Step] = []
            var blocks: Set<BlockLocation> = []
            var bytes = 0
            while steps.count < Self.windowSteps, blocks.count < Self.windowBlocks, bytes < Self.windowBytes,
                let step = try await next()
            {
                steps.append(step)
                if let block = step.block, blocks.insert(block).inserted { bytes += Int(block.storedLength) }
            }
            return steps
        }
    }

    /// Walks over all entries in the order of their keys, and reads the records that an earlier manifest has not.
    ///
    /// - Parameters:
    ///   - earlier: Of the same repository; `nil` reads every record.
    ///   - width: As many requests read at once.
    ///   - onDamage: Told of what cannot be read, as by ``forEachRecord(prefix:where:onDamage:_:)``.
    ///   - body: Gets each entry with its record, or with `nil` when `earlier` has the same record under the same key.
    func forEachChange(
        since earlier: ManifestReader?,
        width: Int,
        onDamage: (ManifestDamage, RepositoryError) async throws -> Void,
        _ body: (ManifestEntry, ArraySlice<UInt8>?) async throws -> Void
    ) async throws {
        var cursor: ManifestCursor?
        do {
            cursor = earlier?.makeCursor(passesDamage: false)
            try await cursor?.seek(to: [])
        } catch let error as RepositoryError where error.code == .damaged {
            // Then everything is read.
            cursor = nil
        }
        var walk = ChangeWalk(walk: try await self.walk(prefix: []), earlier: cursor)
        var window = try await walk.nextWindow()
        var kept: [BlockLocation: OpenedBlock] = [:]
        while !window.isEmpty {
            let (current, known) = (window, kept)
            async let reading = read(Set(current.compactMap(\.block)), known: known, width: width)
            window = try await walk.nextWindow()
            let blocks = try await reading
            for step in current {
                switch step {
                case .same(let entry): try await body(entry, nil)
                case .damage(let damage, let error): try await onDamage(damage, error)
                case .changed(let entry):
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
