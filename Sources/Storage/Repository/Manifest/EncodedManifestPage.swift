/// A page on its way to the store.
struct EncodedManifestPage: Sendable {
    enum Content: Sendable {
        case buffered([UInt8])
        case submitted(PendingBlock)
    }

    let firstKey: ManifestKey
    let rowCount: Int
    let content: Content
}
