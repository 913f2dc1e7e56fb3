/// Walks over two manifests at once.
///
/// What they share are the layers from the base on that lie in the same blocks. A key differs only when it has a row in
/// a layer that is not shared, so those layers are walked over, and the shared ones looked into for the rows that one
/// side lacks.
struct ManifestComparison {
    private struct Candidate {
        let key: ManifestKey
        /// `nil`: as in the shared layers.
        var old: ManifestChange?
        var new: ManifestChange?
    }

    private var old: ManifestCursor
    private var new: ManifestCursor
    private let shared: ManifestLookup
    private let reader: PackReader
    private let cache: ManifestPageCache
    private var keys = ManifestKeyRange(prefix: [])

    init(_ old: Manifest, _ new: Manifest, reader: PackReader, cache: ManifestPageCache) {
        let count = zip(old.layers, new.layers).prefix { $0.hasSamePages(as: $1) }.count
        func stored(_ layers: ArraySlice<ManifestLayer>) -> [StoredManifestLayer] {
            layers.map { StoredManifestLayer(layer: $0, reader: reader, cache: cache) }
        }
        self.old = ManifestCursor(layers: stored(old.layers[count...]), showsRemovals: true)
        self.new = ManifestCursor(layers: stored(new.layers[count...]), showsRemovals: true)
        shared = ManifestLookup(layers: stored(old.layers[..<count]))
        self.reader = reader
        self.cache = cache
    }

    /// Begins with the keys that start with `prefix`.
    mutating func seek(to prefix: ManifestKey) async throws {
        keys = ManifestKeyRange(prefix: prefix)
        try await old.seek(to: prefix)
        try await new.seek(to: prefix)
    }

    private static let windowRows = 4096
    private static let windowPages = 16

    /// The next differences, as many as are worked out at once; `nil` behind the last ones.
    mutating func next(where isSelected: (ManifestKey) -> Bool) async throws -> [ManifestDifference]? {
        var candidates: [Candidate] = []
        var pages: Set<BlockLocation> = []
        while candidates.count < Self.windowRows, pages.count < Self.windowPages, let candidate = try await advance() {
            guard candidate.old != candidate.new, isSelected(candidate.key) else { continue }
            if candidate.old == nil || candidate.new == nil { pages.formUnion(shared.pages(for: candidate.key)) }
            candidates.append(candidate)
        }
        if candidates.isEmpty { return nil }
        if !pages.isEmpty { try await cache.fill(pages, from: reader) }
        var differences: [ManifestDifference] = []
        for candidate in candidates {
            let isKnown = candidate.old != nil && candidate.new != nil
            let common = isKnown ? nil : try await shared.row(for: candidate.key)
            switch (Self.entry(candidate.old ?? common), Self.entry(candidate.new ?? common)) {
            case (nil, let entry?): differences.append(.added(entry))
            case (let entry?, nil): differences.append(.removed(entry))
            case (let before?, let after?) where before.id != after.id:
                differences.append(.changed(from: before, to: after))
            default: break
            }
        }
        return differences
    }

    /// The rows of the smallest key under the two cursors, which move on.
    private mutating func advance() async throws -> Candidate? {
        let left = old.currentRow.flatMap { keys.contains($0.key) ? $0 : nil }
        let right = new.currentRow.flatMap { keys.contains($0.key) ? $0 : nil }
        guard let key = [left?.key, right?.key].compactMap(\.self).min(by: { $0.isBefore($1) }) else { return nil }
        var candidate = Candidate(key: key)
        if let left, left.key == key {
            candidate.old = left
            try await old.advance()
        }
        if let right, right.key == key {
            candidate.new = right
            try await new.advance()
        }
        return candidate
    }

    private static func entry(_ row: ManifestChange?) -> ManifestEntry? {
        if case .present(let entry)? = row { entry } else { nil }
    }
}

extension ManifestLayer {
    /// Whether another layer consists of the same blocks.
    fileprivate func hasSamePages(as other: ManifestLayer) -> Bool {
        pages.count == other.pages.count && zip(pages, other.pages).allSatisfy { $0.block == $1.block }
    }
}
