import Concurrency

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
        let bytes: [UInt8]
        if let ahead = cache.takeBytes(of: page.block) {
            bytes = ahead
        } else {
            bytes = try await reader.read(page.block)
        }
        let rows = try page.rows(in: bytes)
        cache.insert(rows, for: page.block)
        return rows
    }

    /// As many pages are read ahead, and about so many bytes of them.
    private static let pagesAhead = 8
    private static let bytesAhead = 1 << 20

    func readAhead(from index: Int) async throws {
        guard !cache.contains(layer.pages[index].block) else { return }
        var blocks: Set<BlockLocation> = []
        var bytes = 0
        for page in layer.pages[index...].prefix(Self.pagesAhead) {
            bytes += Int(page.block.storedLength)
            if bytes > Self.bytesAhead { break }
            blocks.insert(page.block)
        }
        // A page alone is read when it is asked for.
        if blocks.count > 1 { try await cache.fill(blocks, from: reader) }
    }
}

extension ManifestPageCache {
    /// Reads pages that will be asked for: neighbours in one request, several requests at a time.
    ///
    /// Pages that are damaged are left out: whoever asks for them is told.
    ///
    /// - Throws: `ObjectStoreError` when the store fails otherwise than by having lost or damaged a pack.
    func fill(_ blocks: Set<BlockLocation>, from reader: PackReader) async throws {
        var wanted: Set<BlockLocation> = []
        for block in blocks where !contains(block) {
            if let kept = reader.keptBlock(block) { insert(ahead: kept, for: block) } else { wanted.insert(block) }
        }
        let opened = try await BlockRange.covering(wanted).concurrentMap(width: 4) { try await reader.read($0) }
        for (block, page) in opened.joined() {
            if case .success(let bytes) = page { insert(ahead: bytes, for: block) }
        }
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
