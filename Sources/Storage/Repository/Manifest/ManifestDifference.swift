import Concurrency

/// What became of a key from one manifest to another.
package enum ManifestDifference: Sendable, Hashable {
    case added(ManifestEntry)
    case removed(ManifestEntry)
    /// The same key, with another record.
    case changed(from: ManifestEntry, to: ManifestEntry)

    package var key: ManifestKey {
        switch self {
        case .added(let entry), .removed(let entry), .changed(from: _, to: let entry): entry.key
        }
    }
}

extension Repository {
    /// Tells what differs from one manifest to another, in the order of keys, without reading records.
    ///
    /// Layers that both share are looked into only where the others have rows, so time, requests and memory follow what
    /// differs: equal manifests cost nothing, those of neighbouring backups as much as changed between them.
    ///
    /// - Parameters:
    ///   - prefixes: Only keys that start with one of these count; sorted, and none the start of another.
    ///   - isSelected: Says by its key whether an entry is wanted.
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged`` when a page cannot be read; what `body`
    ///   throws.
    package func forEachDifference(
        from old: Manifest,
        to new: Manifest,
        prefixes: [ManifestKey] = [[]],
        where isSelected: (ManifestKey) -> Bool = { _ in true },
        _ body: (ManifestDifference) async throws -> Void
    ) async throws {
        if old.rootHash == new.rootHash, old.entryCount == new.entryCount { return }
        var comparison = ManifestComparison(old, new, reader: reader, cache: pageCache)
        for prefix in prefixes {
            try await comparison.seek(to: prefix)
            while case let differences = try await comparison.next(where: isSelected), let differences {
                for difference in differences { try await body(difference) }
            }
        }
    }

    /// Reads some records: neighbours in a pack in one request.
    ///
    /// All of their blocks are in memory at once.
    ///
    /// - Returns: Each record, or why it cannot be read; in the order of `entries`.
    /// - Throws: `ObjectStoreError` when the store fails otherwise than by having lost or damaged an object.
    package func records(of entries: [ManifestEntry]) async throws -> [Result<[UInt8], RepositoryError>] {
        let ranges = BlockRange.covering(Set(entries.map(\.location.block)))
        let read = try await ranges.concurrentMap(width: 4) { try await reader.read($0) }
        let blocks = Dictionary(read.joined().map { ($0.0, $0.1) }, uniquingKeysWith: { first, _ in first })
        return entries.map { entry in
            Result { () throws(RepositoryError) in
                guard let block = blocks[entry.location.block] else { preconditionFailure("every block was asked for") }
                return Array(try ManifestReader.record(entry, in: try block.get(), keys: keys))
            }
        }
    }
}
