/// A section of a manifest whose keys are complete.
struct FinishedSection: Sendable {
    let prefix: ManifestKey
    let recordCount: Int
    let recordBytes: Int
    let hash: ManifestHash
    let items: [SectionItem]
}

/// A full page, or rows that are too few for one.
enum SectionItem: Sendable {
    case rows([PendingRow])
    case page(EncodedManifestPage)
}
