extension ListScanner {
    /// What a key on the way to, or in, the metadata of the list or an item announces.
    enum Field: UInt8 {
        case other
        case listAPIVersion, listKind, listMetadata, items
        case listResourceVersion, listContinue, listRemaining
        case itemAPIVersion, itemKind, itemMetadata
        case name, namespace, uid, resourceVersion, labels, deletionTimestamp, ownerReferences

        var bit: UInt32 { 1 << UInt32(rawValue) }
        static let itemBits = ~(Field.itemAPIVersion.bit - 1)

        /// Where the list and its items lie: `{ "metadata": {…}, "items": [ { "metadata": {…} } ] }`.
        init(key: RawSpan, depth: Int) {
            self =
                switch (depth, key.byteCount) {
                case (1, 10) where key.spells("apiVersion"): .listAPIVersion
                case (1, 4) where key.spells("kind"): .listKind
                case (1, 8) where key.spells("metadata"): .listMetadata
                case (1, 5) where key.spells("items"): .items
                case (2, 15) where key.spells("resourceVersion"): .listResourceVersion
                case (2, 8) where key.spells("continue"): .listContinue
                case (2, 18) where key.spells("remainingItemCount"): .listRemaining
                case (3, 10) where key.spells("apiVersion"): .itemAPIVersion
                case (3, 4) where key.spells("kind"): .itemKind
                case (3, 8) where key.spells("metadata"): .itemMetadata
                case (4, 4) where key.spells("name"): .name
                case (4, 9) where key.spells("namespace"): .namespace
                case (4, 3) where key.spells("uid"): .uid
                case (4, 15) where key.spells("resourceVersion"): .resourceVersion
                case (4, 6) where key.spells("labels"): .labels
                case (4, 17) where key.spells("deletionTimestamp"): .deletionTimestamp
                case (4, 15) where key.spells("ownerReferences"): .ownerReferences
                default: .other
                }
        }
    }

    /// Where the fields of an item lie in the document.
    struct ItemFields {
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

    var offset: Int { chunkStart + position }

    mutating func startKey() {
        keyStart = offset
        hasEscape = false
        if anchor == nil { anchor = offset }
    }

    mutating func endKey(_ chunk: RawSpan) throws(JSONError) {
        if keyStart >= chunkStart, !hasEscape {
            field = Field(key: chunk.extracting((keyStart - chunkStart + 1)..<(position - 1)), depth: depth)
        } else {
            let key = try text(keyStart..<offset, chunk) ?? ""
            field = unsafe Field(key: key.utf8.span.bytes, depth: depth)
        }
        if depth <= 2 { releaseAnchor() }
        guard field != .other else { return }
        guard seen & field.bit == 0 else { throw malformed("a key occurs twice in one object") }
        seen |= field.bit
    }

    mutating func startValue(_ byte: UInt8) throws(JSONError) {
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
            switch byte {
            case UInt8(ascii: "["): (isInItems, watchedDepth) = (true, 2)
            case UInt8(ascii: "n"): break
            default: throw unexpected("its items are no array")
            }
        case .listAPIVersion, .listKind, .listResourceVersion, .listContinue, .listRemaining:
            anchor = offset
        default: break
        }
    }

    /// - Returns: Whether an item has ended.
    mutating func endValue(_ bytes: RawSpan) throws(JSONError) -> Bool {
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
            if field == .listContinue {
                summary.continueToken = try text(range, bytes).flatMap { $0.isEmpty ? nil : $0 }
            }
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
        case .labels: itemFields.labels = byte(range.lowerBound, bytes) == UInt8(ascii: "{") ? range : nil
        case .deletionTimestamp: itemFields.hasDeletionTimestamp = byte(range.lowerBound, bytes) != UInt8(ascii: "n")
        case .ownerReferences:
            // An array that holds anything holds an object.
            itemFields.hasOwnerReferences = range.contains { byte($0, bytes) == UInt8(ascii: "{") }
        default: break
        }
    }

    private mutating func releaseAnchor() {
        anchor = nil
        retained.removeAll(keepingCapacity: true)
    }

    /// Keeps what is still needed of a chunk that is at its end.
    mutating func retain(_ chunk: [UInt8]) throws(JSONError) {
        guard let anchor, !chunk.isEmpty, byteCount > anchor + retained.count else { return }
        guard byteCount - anchor <= maximumItemSizeInBytes else { throw tooLarge(anchor) }
        retained.append(contentsOf: chunk[max(anchor - chunkStart, 0)...])
    }

    mutating func makeItem(_ chunk: [UInt8]) throws(JSONError) -> ScannedItem {
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

    /// A byte of the document that has not been released.
    private func byte(_ offset: Int, _ chunk: RawSpan) -> UInt8 {
        if let anchor, offset < chunkStart { return retained[offset - anchor] }
        return chunk.byte(at: offset - chunkStart)
    }

    /// A short part of the document that has not been released.
    private func bytes(_ range: Range<Int>, _ chunk: RawSpan) -> [UInt8] { range.map { byte($0, chunk) } }

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
            // Plain ASCII, as nearly always.
            if body.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) {
                return String(decoding: body, as: UTF8.self)
            }
            if let text = try? JSONValue(parsing: literal).text { return text }
        }
        throw JSONError(.unexpected, "The list is not sound: a field of its metadata is no text", offset: offset)
    }

    private func tooLarge(_ start: Int) -> JSONError {
        JSONError(.tooLarge, "An item of the list is longer than \(maximumItemSizeInBytes) bytes", offset: start)
    }

    func malformed(_ what: String, back: Int = 0) -> JSONError {
        JSONError(.malformed, "The list is malformed JSON: \(what)", offset: offset - back)
    }

    private func unexpected(_ what: String) -> JSONError {
        JSONError(.unexpected, "The list is not sound: \(what)", offset: offset)
    }
}

extension RawSpan {
    /// The byte at `offset`, which is checked.
    @inline(__always)
    fileprivate func byte(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount, "offset beyond the span")
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// Whether the bytes are those of `text`, which is as long.
    @inline(__always)
    fileprivate func spells(_ text: StaticString) -> Bool {
        for offset in 0..<byteCount {
            let expected = unsafe text.utf8Start[offset]
            guard byte(at: offset) == expected else { return false }
        }
        return true
    }
}
