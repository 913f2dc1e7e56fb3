/// Pages of a layer, stored or still in memory.
protocol ManifestLayerPages: Sendable {
    var pageCount: Int { get }
    func firstKey(ofPage index: Int) -> ManifestKey
    func rows(ofPage index: Int) async throws -> [ManifestChange]
}

/// Walks over the rows of one layer.
struct ManifestLayerCursor {
    private let pages: any ManifestLayerPages
    private var nextPage: Int
    private var rows: [ManifestChange] = []
    private var position = 0
    private var isAtEnd = false

    init(_ pages: any ManifestLayerPages) {
        self.pages = pages
        nextPage = 0
    }

    /// The row under the cursor; `nil` behind the last one.
    ///
    /// Valid after ``seek(to:)``.
    var current: ManifestChange? { isAtEnd ? nil : rows[position] }

    /// Moves to the first row at or after `key`, forwards or backwards.
    mutating func seek(to key: ManifestKey) async throws {
        // The last page that begins at or before the key is the only one that can hold it.
        var low = 0
        var high = pages.pageCount
        while low < high {
            let middle = (low + high) / 2
            if key.isBefore(pages.firstKey(ofPage: middle)) { high = middle } else { low = middle + 1 }
        }
        let page = max(low - 1, 0)
        isAtEnd = pages.pageCount == 0
        if isAtEnd { return }
        if nextPage != page + 1 || rows.isEmpty {
            rows = try await pages.rows(ofPage: page)
            nextPage = page + 1
        }
        var first = 0
        var last = rows.count
        while first < last {
            let middle = (first + last) / 2
            if rows[middle].key.isBefore(key) { first = middle + 1 } else { last = middle }
        }
        position = first
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
            rows = try await pages.rows(ofPage: nextPage)
            nextPage += 1
            position = 0
        }
    }
}
