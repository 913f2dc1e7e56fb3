import Concurrency
import Foundation
import ObjectStore

/// Reads a manifest and the records it names.
package struct ManifestReader: Sendable {
    package let manifest: Manifest
    let reader: PackReader
    private let pageCache: ManifestPageCache

    init(manifest: Manifest, reader: PackReader, pageCache: ManifestPageCache) {
        self.manifest = manifest
        self.reader = reader
        self.pageCache = pageCache
    }

    /// A cursor at the first entry at or after `key`.
    package func cursor(from key: ManifestKey = []) async throws -> ManifestCursor {
        var cursor = ManifestCursor(
            layers: manifest.layers.map { StoredManifestLayer(layer: $0, reader: reader, cache: pageCache) }
        )
        try await cursor.seek(to: key)
        return cursor
    }

    /// The entry under `key`; `nil` when there is none.
    package func entry(at key: ManifestKey) async throws -> ManifestEntry? {
        let entry = try await cursor(from: key).current
        return entry?.key == key ? entry : nil
    }

    /// Reads one record.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged`` when it is not what was stored.
    package func record(_ entry: ManifestEntry) async throws -> [UInt8] {
        let block = try await reader.read(entry.location.block)
        return Array(try Self.record(entry, in: block, keys: reader.keys))
    }

    static func record(
        _ entry: ManifestEntry,
        in block: [UInt8],
        keys: RepositoryKeys
    ) throws(RepositoryError) -> ArraySlice<UInt8> {
        let start = Int(entry.location.offset)
        let end = start + Int(entry.location.length)
        guard end <= block.count, RecordID(of: block[start..<end], keys: keys) == entry.id else {
            let place = entry.location.block
            throw RepositoryError(
                .damaged,
                "Block \(place.number) of pack \(place.pack) does not hold the record that the manifest names."
            )
        }
        return block[start..<end]
    }

    /// Reads the records under all keys that start with `prefix` and that `isSelected` takes, in the order of keys.
    ///
    /// Blocks are read in few ranged requests and ahead of `body`, within a bound of memory.
    ///
    /// - Parameters:
    ///   - prefix: Empty reads everything.
    ///   - isSelected: Says by its key whether an entry is wanted; blocks without a wanted one are not read.
    ///   - body: Gets each entry and its record, one after the other.
    package func forEachRecord(
        prefix: ManifestKey = [],
        where isSelected: @Sendable (ManifestKey) -> Bool = { _ in true },
        _ body: (ManifestEntry, ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        var cursor = try await cursor(from: prefix)
        var window = try await nextWindow(&cursor, prefix: prefix, where: isSelected)
        var kept: [BlockLocation: [UInt8]] = [:]
        while !window.isEmpty {
            let known = kept
            let current = window
            async let reading = read(current, known: known)
            window = try await nextWindow(&cursor, prefix: prefix, where: isSelected)
            let blocks = try await reading
            for entry in current {
                guard let block = blocks[entry.location.block] else { preconditionFailure("the window was read whole") }
                try await body(entry, try Self.record(entry, in: block, keys: reader.keys))
            }
            // The next window often begins in the block in which this one ends.
            kept = current.last.flatMap { last in blocks[last.location.block].map { [last.location.block: $0] } } ?? [:]
        }
    }

    private static let windowEntries = 4096
    private static let windowBlocks = 48
    private static let windowBytes = 12 << 20

    private func nextWindow(
        _ cursor: inout ManifestCursor,
        prefix: ManifestKey,
        where isSelected: (ManifestKey) -> Bool
    ) async throws -> [ManifestEntry] {
        var entries: [ManifestEntry] = []
        var blocks: Set<BlockLocation> = []
        var bytes = 0
        while let entry = cursor.current, entry.key.starts(with: prefix) {
            if isSelected(entry.key) {
                if blocks.insert(entry.location.block).inserted { bytes += Int(entry.location.block.storedLength) }
                let isFull =
                    entries.count >= Self.windowEntries || blocks.count > Self.windowBlocks
                    || bytes > Self.windowBytes
                if isFull, !entries.isEmpty { return entries }
                entries.append(entry)
            }
            try await cursor.advance()
        }
        return entries
    }

    /// Reads and opens the blocks of a window: neighbours in a pack in one request.
    @concurrent
    private func read(
        _ entries: [ManifestEntry],
        known: [BlockLocation: [UInt8]]
    ) async throws -> [BlockLocation: [UInt8]] {
        let wanted = Set(entries.map(\.location.block)).subtracting(known.keys)
        let opened = try await BlockRange.covering(wanted).concurrentMap(width: 4) { range in
            let object = try await reader.store.get(range.pack.key, range: .bytes(range.bytes))
            return try range.blocks.map { block in
                (block, try reader.open(block, in: object.bytes, startingAt: UInt64(range.bytes.lowerBound)))
            }
        }
        return known.merging(opened.joined()) { first, _ in first }
    }
}
