/// The prefixes of the sections of a manifest: none is the start of another.
struct SectionPrefixes: Sendable {
    /// Sorted.
    private var prefixes: [ManifestKey] = []

    /// - Throws: ``ManifestKeyError`` when keys with this prefix may be in another section.
    mutating func insert(_ prefix: ManifestKey) throws(ManifestKeyError) {
        let place = place(of: prefix)
        if place < prefixes.count, prefixes[place].starts(with: prefix) { throw .taken(prefix: prefix) }
        // As no prefix is the start of another, only the one before can be the start of this one.
        if place > 0, prefix.starts(with: prefixes[place - 1]) { throw .taken(prefix: prefix) }
        prefixes.insert(prefix, at: place)
    }

    mutating func remove(_ prefix: ManifestKey) {
        let place = place(of: prefix)
        if place < prefixes.count, prefixes[place] == prefix { prefixes.remove(at: place) }
    }

    /// Where the first prefix is that does not come before `prefix`.
    private func place(of prefix: ManifestKey) -> Int {
        prefixes.indices.partitionPoint { prefixes[$0].isBefore(prefix) }
    }
}
