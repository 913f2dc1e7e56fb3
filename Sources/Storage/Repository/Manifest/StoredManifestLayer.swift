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
        let subject = "A manifest page (block \(page.block.number) of pack \(page.block.pack))"
        let rows = try ManifestPage.decode(try await reader.read(page.block), subject: subject)
        guard rows.count == page.rowCount, rows.first?.key == page.firstKey else {
            throw RepositoryError(.damaged, "\(subject) is damaged: it is not the page that the backup names.")
        }
        cache.insert(rows, for: page.block)
        return rows
    }
}
