/// The layer that a backup is about to add: pages in memory, or on their way to the store.
struct NewManifestLayer: ManifestLayerPages {
    let pages: [EncodedManifestPage]
    let pipeline: PackPipeline

    var pageCount: Int { pages.count }

    func firstKey(ofPage index: Int) -> ManifestKey { pages[index].firstKey }

    func rowCount(ofPage index: Int) -> Int { pages[index].rowCount }

    func rows(ofPage index: Int) async throws -> [ManifestChange] {
        let bytes: [UInt8]
        switch pages[index].content {
        case .buffered(let buffered): bytes = buffered
        case .submitted(let block): bytes = try await pipeline.read(try await block.location())
        }
        return try ManifestPage.decode(bytes, subject: "A new manifest page")
    }

    /// They are in memory, as a rule.
    func readAhead(from index: Int) {}
}
