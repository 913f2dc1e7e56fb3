/// Something of a backup that cannot be read.
///
/// Comes with the ``RepositoryError`` (code ``RepositoryError/Code/damaged``) that names the pack.
package enum ManifestDamage: Sendable, Hashable {
    /// The record of this entry: its block is damaged, or its pack is damaged or gone.
    case record(ManifestEntry)
    /// A page of the manifest: which of the keys in this range had rows there is not known, only how many.
    ///
    /// Keys of the range that have a row in a newer layer are delivered all the same.
    case page(ManifestKeyRange, rowCount: Int)
    /// A record that can be read, but may be of an earlier backup: a page that may replace or remove it cannot be read.
    ///
    /// It lies in the range of a ``page(_:rowCount:)``; ``ManifestReader/record(_:)`` reads it.
    case doubtful(ManifestEntry)
}

/// All keys from one to another.
package struct ManifestKeyRange: Sendable, Hashable {
    package let start: ManifestKey
    /// The first key behind the range; `nil` when it has no end.
    package let end: ManifestKey?

    package init(from start: ManifestKey, to end: ManifestKey?) {
        self.start = start
        self.end = end
    }

    /// All keys that start with `prefix`.
    package init(prefix: ManifestKey) { self.init(from: prefix, to: prefix.prefixEnd) }

    package func contains(_ key: ManifestKey) -> Bool {
        !key.isBefore(start) && (end.map(key.isBefore) ?? true)
    }

    package func overlaps(_ other: ManifestKeyRange) -> Bool {
        (other.end.map(start.isBefore) ?? true) && (end.map(other.start.isBefore) ?? true)
    }
}

/// A page that could not be read.
struct LostManifestPage: Sendable {
    let keys: ManifestKeyRange
    let rowCount: Int
    let error: RepositoryError
}
