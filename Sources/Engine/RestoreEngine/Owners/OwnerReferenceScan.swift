/// A look at an object's bytes that saves parsing most of them.
enum OwnerReferenceScan {
    private static let word = Array(#""ownerReferences""#.utf8)

    /// Whether the word occurs; it may be elsewhere than in the metadata.
    static func mayHaveOwners(_ record: ArraySlice<UInt8>) -> Bool {
        let bytes = record.span
        guard bytes.count >= word.count else { return false }
        // The capital letter is rare in an object: it is looked for first.
        let capital = 6
        var index = capital
        let end = bytes.count - (word.count - capital)
        while index <= end {
            if bytes[index] == UInt8(ascii: "R"), matches(bytes, from: index - capital) { return true }
            index += 1
        }
        return false
    }

    private static func matches(_ bytes: Span<UInt8>, from start: Int) -> Bool {
        for offset in word.indices where bytes[start + offset] != word[offset] { return false }
        return true
    }
}
