import ObjectStore

/// Brings a list into the order of the keys' bytes.
///
/// S3 lists so. Servers that keep objects in folders list folder by folder: `a/1` before `a-b`, although `-` is less than
/// `/`. What may still be preceded by a later object is held back: no more than what lies beneath one name, below the
/// prefix that is listed.
struct ListOrder {
    private let prefix: [UInt8]
    private let isSorted: Bool
    /// Sorted.
    private var held: [ObjectStat] = []
    private var last: ObjectKey?

    /// - Parameter isSorted: Whether the server is known to list in order.
    init(prefix: String, isSorted: Bool) {
        self.prefix = Array(prefix.utf8)
        self.isSorted = isSorted
    }

    /// Takes a page as the server lists it.
    ///
    /// - Returns: The pages that are in order now.
    /// - Throws: ``ObjectStoreError`` when the server lists in no order that is known.
    mutating func add(_ page: [ObjectStat], isLast: Bool, in location: String) throws -> [[ObjectStat]] {
        held += page
        held.sort { $0.key < $1.key }
        var count = held.count
        if !isLast, !isSorted, let newest = page.last {
            count = held.firstIndex { mayBePreceded($0.key, after: newest.key) } ?? held.count
        }
        let ready = held.prefix(count)
        held.removeFirst(count)
        if let first = ready.first, let last, !(last < first.key) {
            throw ObjectStoreError(
                .refused,
                "The server of '\(location)' lists '\(first.key)' after '\(last)'. kbackup needs lists in order."
            )
        }
        last = ready.last?.key ?? last
        return stride(from: ready.startIndex, to: ready.endIndex, by: 1000).map { start in
            Array(ready[start..<min(start + 1000, ready.endIndex)])
        }
    }

    /// Whether an object that is listed after `newest` may have a key less than `key`: one that goes on otherwise where
    /// `key` has its next `/`.
    private func mayBePreceded(_ key: ObjectKey, after newest: ObjectKey) -> Bool {
        let bytes = key.rawValue.utf8
        let belowPrefix = bytes.dropFirst(prefix.count)
        guard let slash = belowPrefix.firstIndex(of: UInt8(ascii: "/")) else { return false }
        return newest.rawValue.utf8.starts(with: bytes[..<slash])
    }
}
