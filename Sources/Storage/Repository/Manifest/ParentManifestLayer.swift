/// A layer of the backup that a new one builds on.
struct ParentManifestLayer: ManifestLayerPages {
    let stored: StoredManifestLayer
    let kind: SnapshotContent.Kind

    var pageCount: Int { stored.pageCount }

    func firstKey(ofPage index: Int) -> ManifestKey { stored.firstKey(ofPage: index) }

    func rowCount(ofPage index: Int) -> Int { stored.rowCount(ofPage: index) }

    /// - Throws: ``DamagedParentError`` when the page is damaged.
    func rows(ofPage index: Int) async throws -> [ManifestChange] {
        do {
            return try await stored.rows(ofPage: index)
        } catch let error as RepositoryError where error.code == .damaged {
            throw DamagedParentError(manifest: kind, pack: stored.layer.pages[index].block.pack, cause: error)
        }
    }

    func readAhead(from index: Int) async throws { try await stored.readAhead(from: index) }
}
