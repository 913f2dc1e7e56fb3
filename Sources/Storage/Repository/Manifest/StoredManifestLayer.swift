/// A layer whose pages lie in packs.
struct StoredManifestLayer: ManifestLayerPages {
    let layer: ManifestLayer
    let reader: PackReader
    let cache: ManifestPageCache

    var pageCount: Int { layer.pages.count }

    func firstKey(ofPage index: Int) -> ManifestKey { layer.pages[index].firstKey }

    func rowCount(ofPage index: Int) -> Int { layer.pages[index].rowCount }

    func rows(ofPage index: Int) async throws -> [ManifestChange] {
        let page = layer.pages[index]
        if let rows = cache.rows(of: page.block) { return rows }
        let rows = try page.rows(in: try await reader.read(page.block))
        cache.insert(rows, for: page.block)
        return rows
    }
}

extension ManifestPageLocation {
    /// Decodes the page, and sees to it that it is the one that the backup names.
    func rows(in bytes: [UInt8]) throws(RepositoryError) -> [ManifestChange] {
        let subject = "A manifest page (block \(block.number) of pack \(block.pack))"
        let rows = try ManifestPage.decode(bytes, subject: subject)
        guard rows.count == rowCount, rows.first?.key == firstKey else {
            throw RepositoryError(.damaged, "\(subject) is damaged: it is not the page that the backup names.")
        }
        return rows
    }
}
