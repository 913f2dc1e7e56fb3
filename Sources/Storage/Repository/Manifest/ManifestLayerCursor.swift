/// Pages of a layer, stored or still in memory.
protocol ManifestLayerPages: Sendable {
    var pageCount: Int { get }
    func firstKey(ofPage index: Int) -> ManifestKey
    func rowCount(ofPage index: Int) -> Int
    func rows(ofPage index: Int) async throws -> [ManifestChange]
    /// Told that the pages from this one on will be asked for, one after the other.
    func readAhead(from index: Int) async throws
}

/// Walks over the rows of one layer.
struct ManifestLayerCursor {
    private let pages: any ManifestLayerPages
    /// Whether pages that are damaged are passed over.
    private let passesDamage: Bool
    private var nextPage: Int
    private var rows: [ManifestChange] = []
    private var position = 0
    private var isAtEnd = false
    /// The pages passed over since the last ``seek(to:)``, in order.
    private var lostPages: [LostManifestPage] = []
    private var toldPages = 0

    init(_ pages: any ManifestLayerPages, passesDamage: Bool) {
        self.pages = pages
        self.passesDamage = passesDamage
        nextPage = 0
    }

    /// The row under the cursor; `nil` behind the last one.
    ///
    /// Valid after ``seek(to:)``.
    var current: ManifestChange? { isAtEnd ? nil : rows[position] }

    /// The pages passed over that were not taken yet.
    mutating func takeLostPages() -> ArraySlice<LostManifestPage> {
        defer { toldPages = lostPages.count }
        return lostPages[toldPages...]
    }

    /// The page that may have held a row for `key`, if it was passed over.
    func lostPage(for key: ManifestKey) -> LostManifestPage? {
        // Walks ask for keys near the end.
        lostPages.last { $0.keys.contains(key) }
    }

    /// Moves to the first row at or after `key`, forwards or backwards.
    mutating func seek(to key: ManifestKey) async throws {
        // The last page that begins at or before the key is the only one that can hold it.
        let page = max((0..<pages.pageCount).partitionPoint { !key.isBefore(pages.firstKey(ofPage: $0)) } - 1, 0)
        lostPages = []
        toldPages = 0
        isAtEnd = pages.pageCount == 0
        if isAtEnd { return }
        if nextPage != page + 1 || rows.isEmpty { try await load(page) }
        position = rows.indices.partitionPoint { rows[$0].key.isBefore(key) }
        try await loadIfNeeded()
    }

    mutating func advance() async throws {
        position += 1
        try await loadIfNeeded()
    }

    private mutating func loadIfNeeded() async throws {
        while position >= rows.count {
            guard nextPage < pages.pageCount else {
                isAtEnd = true
                return
            }
            try await pages.readAhead(from: nextPage)
            try await load(nextPage)
            position = 0
        }
    }

    private mutating func load(_ page: Int) async throws {
        do {
            rows = try await pages.rows(ofPage: page)
        } catch let error as RepositoryError where error.code == .damaged && passesDamage {
            rows = []
            let end = page + 1 < pages.pageCount ? pages.firstKey(ofPage: page + 1) : nil
            lostPages.append(
                LostManifestPage(
                    keys: ManifestKeyRange(from: pages.firstKey(ofPage: page), to: end),
                    rowCount: pages.rowCount(ofPage: page),
                    error: error
                )
            )
        }
        nextPage = page + 1
    }
}
