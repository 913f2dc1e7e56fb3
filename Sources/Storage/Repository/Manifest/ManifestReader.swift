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

    private var layers: [StoredManifestLayer] {
        manifest.layers.map { StoredManifestLayer(layer: $0, reader: reader, cache: pageCache) }
    }

    func makeCursor(passesDamage: Bool) -> ManifestCursor {
        ManifestCursor(layers: layers, passesDamage: passesDamage)
    }

    /// The entry under `key`; `nil` when there is none.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged`` when a page cannot be read that may have
    ///   the newest row of `key`.
    package func entry(at key: ManifestKey) async throws -> ManifestEntry? {
        let lookup = ManifestLookup(layers: layers)
        let pages = lookup.pages(for: key)
        // All at once: they are asked for one after the other.
        if pages.count > 1 { try await pageCache.fill(Set(pages), from: reader) }
        guard case .present(let entry)? = try await lookup.row(for: key) else { return nil }
        return entry
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

    /// Walks over the entries under all keys that start with `prefix`, in the order of keys, without reading records.
    ///
    /// - Parameters:
    ///   - prefix: Empty walks over everything.
    ///   - onDamage: Told of pages of the manifest that cannot be read, and of the entries that are doubtful by it; the
    ///     walk goes on behind them unless it throws, which it does by itself.
    ///   - body: Gets each entry, one after the other.
    package func forEachEntry(
        prefix: ManifestKey = [],
        onDamage: (ManifestDamage, RepositoryError) async throws -> Void = { throw $1 },
        _ body: (ManifestEntry) async throws -> Void
    ) async throws {
        var walk = try await walk(prefix: prefix)
        while let step = try await walk.next(where: { _ in true }) {
            switch step {
            case .entry(let entry): try await body(entry)
            case .damage(let damage, let error): try await onDamage(damage, error)
            }
        }
    }

    func walk(prefix: ManifestKey) async throws -> ManifestWalk {
        try await ManifestWalk(makeCursor(passesDamage: true), prefix: prefix)
    }
}
