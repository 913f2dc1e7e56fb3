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

    private let maximumItemSizeInBytes: Int
    private let maximumDepth: Int

    private var chunk: [UInt8] = []
    /// The offset of the chunk's first byte in the document.
    private var chunkStart = 0
    /// The next byte to look at, from the start of the chunk.
    private var position = 0
    /// The first byte of the document that is still needed; what lies before the chunk is in ``retained``.
    private var anchor: Int?
    private var retained: [UInt8] = []

    private var state = State.value
    /// How many objects and arrays are open.
    private var depth = 0
    /// The innermost up to 64 of them as bits, 1 for an object, the innermost last.
    private var containers: UInt64 = 0
    private var outerContainers: [UInt64] = []
    private var literalRest: UInt32 = 0
    private var isKey = false

    /// How deep something lies that matters here; below it there is only grammar.
    private var watchedDepth = 0
    private var field = Field.other
    private var isInItems = false
    private var keyStart = 0
    private var valueStart = 0
    private var seen: UInt32 = 0
    private var itemFields = ItemFields()
    private var summary = ListSummary()

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

    /// Gives the next bytes of the document. ``nextItem()`` must have returned `nil` since the last ones.
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

// MARK: - Grammar

extension ListScanner {
    /// Where in JSON's grammar the next byte stands.
    private enum State: UInt8 {
        case value, valueOrEnd, key, keyOrEnd, colon, afterValue, done
        case string, escape, hex4, hex3, hex2, hex1
        case literal
        case minus, zero, integer, point, fraction, exponentMark, exponentSign, exponent
    }

    /// Goes through the chunk up to the end of an item, or of the chunk.
    ///
    /// - Returns: Whether an item ended at ``position``.
    private mutating func scan(_ bytes: RawSpan) throws(JSONError) -> Bool {
        let end = bytes.byteCount
        while position < end {
            // `position` is below the count here and wherever a byte is loaded.
            let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            switch state {
            case .string:
                position = Self.endOfPlainText(bytes, from: position)
                guard position < end else { return false }
                let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
                switch byte {
                case UInt8(ascii: "\""):
                    position += 1
                    if isKey {
                        state = .colon
                        if depth <= watchedDepth { try endKey(bytes) }
                    } else {
                        state = .afterValue
                        if depth <= watchedDepth, try endValue(bytes) { return true }
                    }
                case UInt8(ascii: "\\"):
                    position += 1
                    state = .escape
                default:
                    throw malformed("a control character stands in a string")
                }
            case .afterValue:
                position += 1
                switch byte {
                case UInt8(ascii: ","):
                    state = containers & 1 == 1 ? .key : .value
                case UInt8(ascii: "}"):
                    guard containers & 1 == 1 else { throw malformed("a bracket closes that is not open", back: 1) }
                    if try close(bytes) { return true }
                case UInt8(ascii: "]"):
                    guard containers & 1 == 0 else { throw malformed("a bracket closes that is not open", back: 1) }
                    if try close(bytes) { return true }
                case 0x20, 0x0A, 0x0D, 0x09: break
                default: throw malformed("a comma should stand here", back: 1)
                }
            case .key, .keyOrEnd:
                switch byte {
                case UInt8(ascii: "\""):
                    if depth <= watchedDepth { startKey() }
                    position += 1
                    isKey = true
                    state = .string
                case UInt8(ascii: "}") where state == .keyOrEnd:
                    position += 1
                    if try close(bytes) { return true }
                case 0x20, 0x0A, 0x0D, 0x09: position += 1
                default: throw malformed("a key in quotes should stand here")
                }
            case .colon:
                switch byte {
                case UInt8(ascii: ":"): state = .value
                case 0x20, 0x0A, 0x0D, 0x09: break
                default: throw malformed("a colon should stand here")
                }
                position += 1
            case .value, .valueOrEnd:
                if depth <= watchedDepth, byte > 0x20, byte != UInt8(ascii: "]") { try startValue(byte) }
                switch byte {
                case UInt8(ascii: "\""):
                    isKey = false
                    state = .string
                case UInt8(ascii: "{"): try open(isObject: true)
                case UInt8(ascii: "["): try open(isObject: false)
                case UInt8(ascii: "]") where state == .valueOrEnd:
                    position += 1
                    if try close(bytes) { return true }
                    continue
                case UInt8(ascii: "t"): startLiteral(0x65_75_72)
                case UInt8(ascii: "f"): startLiteral(0x65_73_6C_61)
                case UInt8(ascii: "n"): startLiteral(0x6C_6C_75)
                case UInt8(ascii: "-"): state = .minus
                case UInt8(ascii: "0"): state = .zero
                case UInt8(ascii: "1")...UInt8(ascii: "9"): state = .integer
                case 0x20, 0x0A, 0x0D, 0x09: break
                default: throw malformed("a value should stand here")
                }
                position += 1
            case .literal:
                guard byte == UInt8(truncatingIfNeeded: literalRest) else { throw malformed("a value should stand here") }
                position += 1
                literalRest >>= 8
                if literalRest == 0 {
                    state = .afterValue
                    if depth <= watchedDepth, try endValue(bytes) { return true }
                }
            case .escape, .hex4, .hex3, .hex2, .hex1:
                try continueEscape(byte)
            case .minus, .zero, .integer, .point, .fraction, .exponentMark, .exponentSign, .exponent:
                if try !continueNumber(byte) {
                    state = .afterValue
                    if depth <= watchedDepth, try endValue(bytes) { return true }
                }
            case .done:
                switch byte {
                case 0x20, 0x0A, 0x0D, 0x09: position += 1
                default: throw malformed("something follows the end of the document")
                }
            }
        }
        return false
    }

    /// The first byte from `start` on that is a quote, a backslash or a control character; the end if there is none.
    @inline(__always)
    private static func endOfPlainText(_ bytes: RawSpan, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var position = start
        while position &+ 8 <= bytes.byteCount {
            // Eight bytes at a time: a byte minus one borrows from its top bit only when it was zero. Borrows go to
            // higher bytes, so the lowest hit is always a true one.
            let word = unsafe UInt64(
                littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            )
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let hits =
                (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word))
                & (ones &* 0x80)
            if hits != 0 { return position &+ hits.trailingZeroBitCount >> 3 }
            position &+= 8
        }
        while position < bytes.byteCount {
            let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return position }
            position &+= 1
        }
        return position
    }

    @inline(__always)
    private mutating func open(isObject: Bool) throws(JSONError) {
        guard depth < maximumDepth else {
            throw JSONError(.tooDeep, "The list is nested deeper than \(maximumDepth) levels", offset: offset)
        }
        if depth & 63 == 0 { outerContainers.append(containers) }
        containers = containers << 1 | (isObject ? 1 : 0)
        depth += 1
        state = isObject ? .keyOrEnd : .valueOrEnd
    }

    /// - Returns: Whether an item has ended.
    @inline(__always)
    private mutating func close(_ bytes: RawSpan) throws(JSONError) -> Bool {
        containers >>= 1
        depth -= 1
        if depth & 63 == 0 { containers = outerContainers.removeLast() }
        state = depth == 0 ? .done : .afterValue
        return depth <= watchedDepth ? try endValue(bytes) : false
    }

    private mutating func startLiteral(_ rest: UInt32) {
        literalRest = rest
        state = .literal
    }

    private mutating func continueEscape(_ byte: UInt8) throws(JSONError) {
        switch (state, byte) {
        case (.escape, UInt8(ascii: "u")):
            state = .hex4
        case (.escape, UInt8(ascii: "\"")), (.escape, UInt8(ascii: "\\")), (.escape, UInt8(ascii: "/")),
            (.escape, UInt8(ascii: "b")), (.escape, UInt8(ascii: "f")), (.escape, UInt8(ascii: "n")),
            (.escape, UInt8(ascii: "r")), (.escape, UInt8(ascii: "t")):
            state = .string
        case (.escape, _):
            throw malformed("an unknown escape stands in a string")
        default:
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"):
                state = state == .hex1 ? .string : State(rawValue: state.rawValue + 1) ?? .string
            default:
                throw malformed("four hexadecimal digits should stand here")
            }
        }
        position += 1
    }

    /// - Returns: Whether `byte` belongs to the number, and was taken.
    private mutating func continueNumber(_ byte: UInt8) throws(JSONError) -> Bool {
        let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        let isExponentMark = byte | 0x20 == UInt8(ascii: "e")
        switch state {
        case .minus where isDigit: state = byte == UInt8(ascii: "0") ? .zero : .integer
        case .integer where isDigit, .fraction where isDigit, .exponent where isDigit: break
        case .zero where byte == UInt8(ascii: "."), .integer where byte == UInt8(ascii: "."): state = .point
        case .zero where isExponentMark, .integer where isExponentMark, .fraction where isExponentMark:
            state = .exponentMark
        case .point where isDigit: state = .fraction
        case .exponentMark where byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"): state = .exponentSign
        case .exponentMark where isDigit, .exponentSign where isDigit: state = .exponent
        case .zero, .integer, .fraction, .exponent: return false
        default: throw malformed("a digit should stand here")
        }
        position += 1
        return true
    }
}

// MARK: - Meaning

extension ListScanner {
    /// What a key on the way to, or in, the metadata of the list or an item announces.
    private enum Field: UInt8 {
        case other
        case listAPIVersion, listKind, listMetadata, items
        case listResourceVersion, listContinue, listRemaining
        case itemAPIVersion, itemKind, itemMetadata
        case name, namespace, uid, resourceVersion, labels, deletionTimestamp, ownerReferences

        var bit: UInt32 { 1 << UInt32(rawValue) }
        static let itemBits = ~(Field.itemAPIVersion.bit - 1)

        /// Where the list and its items lie: `{ "metadata": {…}, "items": [ { "metadata": {…} } ] }`.
        init(_ key: String, depth: Int) {
            self =
                switch (depth, key) {
                case (1, "apiVersion"): .listAPIVersion
                case (1, "kind"): .listKind
                case (1, "metadata"): .listMetadata
                case (1, "items"): .items
                case (2, "resourceVersion"): .listResourceVersion
                case (2, "continue"): .listContinue
                case (2, "remainingItemCount"): .listRemaining
                case (3, "apiVersion"): .itemAPIVersion
                case (3, "kind"): .itemKind
                case (3, "metadata"): .itemMetadata
                case (4, "name"): .name
                case (4, "namespace"): .namespace
                case (4, "uid"): .uid
                case (4, "resourceVersion"): .resourceVersion
                case (4, "labels"): .labels
                case (4, "deletionTimestamp"): .deletionTimestamp
                case (4, "ownerReferences"): .ownerReferences
                default: .other
                }
        }
    }

    /// Where the fields of an item lie in the document.
    private struct ItemFields {
        var apiVersion: Range<Int>?
        var kind: Range<Int>?
        var name: Range<Int>?
        var namespace: Range<Int>?
        var uid: Range<Int>?
        var resourceVersion: Range<Int>?
        var labels: Range<Int>?
        var hasDeletionTimestamp = false
        var hasOwnerReferences = false
    }

    private var offset: Int { chunkStart + position }

    private mutating func startKey() {
        keyStart = offset
        if anchor == nil { anchor = offset }
    }

    private mutating func endKey(_ bytes: RawSpan) throws(JSONError) {
        let key = try text(keyStart..<offset, bytes) ?? ""
        field = Field(key, depth: depth)
        if depth <= 2 { releaseAnchor() }
        guard field != .other else { return }
        guard seen & field.bit == 0 else { throw malformed("a key occurs twice in one object") }
        seen |= field.bit
    }

    private mutating func startValue(_ byte: UInt8) throws(JSONError) {
        valueStart = offset
        if isInItems, depth == 2 {
            guard byte == UInt8(ascii: "{") else { throw unexpected("an item of the list is no object") }
            anchor = offset
            watchedDepth = 3
            seen &= ~Field.itemBits
            itemFields = ItemFields()
            return
        }
        switch field {
        case .other where depth == 0:
            guard byte == UInt8(ascii: "{") else { throw unexpected("the answer is no Kubernetes list") }
            watchedDepth = 1
        case .listMetadata, .itemMetadata:
            if byte == UInt8(ascii: "{") { watchedDepth = depth + 1 }
        case .items:
            if byte == UInt8(ascii: "[") { (isInItems, watchedDepth) = (true, 2) }
        case .listAPIVersion, .listKind, .listResourceVersion, .listContinue, .listRemaining:
            anchor = offset
        default: break
        }
    }

    /// - Returns: Whether an item has ended.
    private mutating func endValue(_ bytes: RawSpan) throws(JSONError) -> Bool {
        defer { field = .other }
        let range = valueStart..<offset
        switch depth {
        case 1:
            if watchedDepth > 1 { (watchedDepth, isInItems) = (1, false) }
            if field == .listAPIVersion { summary.apiVersion = try text(range, bytes) }
            if field == .listKind { summary.kind = try text(range, bytes) }
            releaseAnchor()
        case 2 where isInItems:
            watchedDepth = 2
            summary.itemCount += 1
            return true
        case 2:
            if field == .listResourceVersion { summary.resourceVersion = try text(range, bytes) }
            if field == .listContinue { summary.continueToken = try text(range, bytes).flatMap { $0.isEmpty ? nil : $0 } }
            if field == .listRemaining { summary.remainingItemCount = try integer(range, bytes) }
            releaseAnchor()
        case 3:
            watchedDepth = 3
            if field == .itemAPIVersion { itemFields.apiVersion = range }
            if field == .itemKind { itemFields.kind = range }
        case 4:
            endMetadataField(range, bytes)
        default: break
        }
        return false
    }

    private mutating func endMetadataField(_ range: Range<Int>, _ bytes: RawSpan) {
        switch field {
        case .name: itemFields.name = range
        case .namespace: itemFields.namespace = range
        case .uid: itemFields.uid = range
        case .resourceVersion: itemFields.resourceVersion = range
        case .labels: itemFields.labels = first(range, bytes) == UInt8(ascii: "{") ? range : nil
        case .deletionTimestamp: itemFields.hasDeletionTimestamp = first(range, bytes) != UInt8(ascii: "n")
        case .ownerReferences:
            // An array that holds anything holds an object.
            itemFields.hasOwnerReferences = self.bytes(range, bytes).contains(UInt8(ascii: "{"))
        default: break
        }
    }

    private mutating func releaseAnchor() {
        anchor = nil
        retained.removeAll(keepingCapacity: true)
    }

    /// Keeps what is still needed of a chunk that is at its end.
    private mutating func retain(_ chunk: [UInt8]) throws(JSONError) {
        guard let anchor, !chunk.isEmpty, byteCount > anchor + retained.count else { return }
        guard byteCount - anchor <= maximumItemSizeInBytes else { throw tooLarge(anchor) }
        retained.append(contentsOf: chunk[max(anchor - chunkStart, 0)...])
    }

    private mutating func makeItem(_ chunk: [UInt8]) throws(JSONError) -> ScannedItem {
        let start = anchor ?? offset
        guard offset - start <= maximumItemSizeInBytes else { throw tooLarge(start) }
        let item: ArraySlice<UInt8>
        if start >= chunkStart {
            item = chunk[(start - chunkStart)..<position]
        } else {
            retained.append(contentsOf: chunk[..<position])
            item = retained[...]
        }
        func slice(_ range: Range<Int>) -> Range<Int> {
            (range.lowerBound - start + item.startIndex)..<(range.upperBound - start + item.startIndex)
        }
        func text(_ range: Range<Int>?) throws(JSONError) -> String? {
            guard let range else { return nil }
            return try Self.text(item[slice(range)], at: range.lowerBound)
        }
        guard let name = try text(itemFields.name), !name.isEmpty else {
            throw JSONError(.unexpected, "The list is not sound: an item has no name", offset: start)
        }
        return ScannedItem(
            bytes: item,
            apiVersion: try text(itemFields.apiVersion),
            kind: try text(itemFields.kind),
            name: name,
            namespace: try text(itemFields.namespace).flatMap { $0.isEmpty ? nil : $0 },
            uid: try text(itemFields.uid),
            resourceVersion: try text(itemFields.resourceVersion),
            hasDeletionTimestamp: itemFields.hasDeletionTimestamp,
            hasOwnerReferences: itemFields.hasOwnerReferences,
            labelsRange: itemFields.labels.map(slice)
        )
    }

    /// The bytes of a part of the document that has not been released.
    private func bytes(_ range: Range<Int>, _ chunk: RawSpan) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        if range.lowerBound < chunkStart, let anchor {
            result += retained[(range.lowerBound - anchor)..<min(range.upperBound - anchor, retained.count)]
        }
        for index in max(range.lowerBound, chunkStart)..<max(range.upperBound, chunkStart) {
            result.append(chunk.byte(at: index - chunkStart))
        }
        return result
    }

    private func first(_ range: Range<Int>, _ chunk: RawSpan) -> UInt8 {
        bytes(range.lowerBound..<(range.lowerBound + 1), chunk)[0]
    }

    private func text(_ range: Range<Int>, _ chunk: RawSpan) throws(JSONError) -> String? {
        try Self.text(bytes(range, chunk)[...], at: range.lowerBound)
    }

    private func integer(_ range: Range<Int>, _ chunk: RawSpan) throws(JSONError) -> Int? {
        try JSONValue(parsing: bytes(range, chunk)).integer
    }

    /// The text of a string in quotes; `nil` for `null`.
    private static func text(_ literal: ArraySlice<UInt8>, at offset: Int) throws(JSONError) -> String? {
        if literal.first == UInt8(ascii: "n") { return nil }
        let body = literal.dropFirst().dropLast()
        if literal.first == UInt8(ascii: "\"") {
            if !body.contains(UInt8(ascii: "\\")), let text = String(validating: body, as: UTF8.self) { return text }
            if let text = try? JSONValue(parsing: literal).text { return text }
        }
        throw JSONError(.unexpected, "The list is not sound: a field of its metadata is no text", offset: offset)
    }

    private func tooLarge(_ start: Int) -> JSONError {
        JSONError(.tooLarge, "An item of the list is longer than \(maximumItemSizeInBytes) bytes", offset: start)
    }

    private func malformed(_ what: String, back: Int = 0) -> JSONError {
        JSONError(.malformed, "The list is malformed JSON: \(what)", offset: offset - back)
    }

    private func unexpected(_ what: String) -> JSONError {
        JSONError(.unexpected, "The list is not sound: \(what)", offset: offset)
    }
}

extension RawSpan {
    /// The byte at `offset`, which is checked.
    fileprivate func byte(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount, "offset beyond the span")
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }
}
