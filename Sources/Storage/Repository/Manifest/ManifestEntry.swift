/// One row of a manifest: which record stands under a key, and where it lies.
package struct ManifestEntry: Sendable, Hashable {
    package let key: ManifestKey
    /// Equal ids mean equal bytes.
    package let id: RecordID
    package let location: RecordLocation
}

/// One row of a layer: an entry, or that there is none any more.
enum ManifestChange: Sendable, Hashable {
    case present(ManifestEntry)
    case removed(ManifestKey)

    var key: ManifestKey {
        switch self {
        case .present(let entry): entry.key
        case .removed(let key): key
        }
    }
}
