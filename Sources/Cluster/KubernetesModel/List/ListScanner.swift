/// Finds the objects of a Kubernetes list in its bytes, as they come in.
///
/// ```
/// scanner.append(chunk)
/// while let item = try scanner.nextItem() { … }
/// // … more chunks …
/// let summary = try scanner.finish()
/// ```
///
/// The whole document is checked against JSON's grammar on the way, but no model of it is built. An item that lies in
/// one chunk shares its memory; one that does not is put together, each byte copied once. No more than one item and one
/// chunk are held.
package struct ListScanner: Sendable {
    package static let defaultMaximumItemSizeInBytes = 64 << 20

    let maximumItemSizeInBytes: Int
    let maximumDepth: Int

    var chunk: [UInt8] = []
    /// The offset of the chunk's first byte in the document.
    var chunkStart = 0
    /// The next byte to look at, from the start of the chunk.
    var position = 0
    /// The first byte of the document that is still needed; what lies before the chunk is in ``retained``.
    var anchor: Int?
    var retained: [UInt8] = []

    var state = State.value
    /// How many objects and arrays are open.
    var depth = 0
    /// The innermost up to 64 of them as bits, 1 for an object, the innermost last.
    var containers: UInt64 = 0
    var outerContainers: [UInt64] = []
    var literalRest: UInt32 = 0
    var isKey = false

    /// How deep something lies that matters here; below it there is only grammar.
    var watchedDepth = 0
    var field = Field.other
    var isInItems = false
    var keyStart = 0
    /// Whether the string at hand has escapes.
    var hasEscape = false
    var valueStart = 0
    var seen: UInt32 = 0
    var itemFields = ItemFields()
    var summary = ListSummary()

    /// - Parameters:
    ///   - maximumItemSizeInBytes: The longest item to accept.
    ///   - maximumDepth: How deep the document may be nested.
    package init(
        maximumItemSizeInBytes: Int = ListScanner.defaultMaximumItemSizeInBytes,
        maximumDepth: Int = JSONValue.defaultMaximumDepth
    ) {
        self.maximumItemSizeInBytes = maximumItemSizeInBytes
        self.maximumDepth = maximumDepth
    }

    /// How many bytes of the document have been given.
    package var byteCount: Int { chunkStart + chunk.count }

    /// Gives the next bytes of the document.
    ///
    /// ``nextItem()`` must have returned `nil` since the last ones.
    package mutating func append(_ bytes: [UInt8]) {
        precondition(position == chunk.count, "items of the chunk before have not been taken")
        chunkStart += chunk.count
        chunk = bytes
        position = 0
    }

    /// The next item; `nil` when more bytes are needed, or the list is at its end.
    ///
    /// - Throws: ``JSONError``. The scanner is of no use after that.
    package mutating func nextItem() throws(JSONError) -> ScannedItem? {
        let chunk = chunk
        guard try unsafe scan(chunk.span.bytes) else {
            try retain(chunk)
            return nil
        }
        let item = try makeItem(chunk)
        anchor = nil
        retained = []
        return item
    }

    /// What the list says of itself.
    ///
    /// - Throws: ``JSONError`` unless the document is complete and a list.
    package func finish() throws(JSONError) -> ListSummary {
        guard state == .done else {
            throw JSONError(.truncated, "The list ends too early, after \(summary.itemCount) items", offset: byteCount)
        }
        guard seen & Field.items.bit != 0 else {
            throw JSONError(.unexpected, "The answer is no list: it has no 'items'", offset: byteCount)
        }
        return summary
    }
}
