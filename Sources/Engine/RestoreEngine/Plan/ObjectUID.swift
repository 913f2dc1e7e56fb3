/// The identity of an object in the cluster that was backed up, in 16 bytes where it is a UUID.
enum ObjectUID: Sendable, Hashable {
    case uuid(UInt64, UInt64)
    case other(String)

    init(_ text: String) {
        var words: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (index, byte) in text.utf8.enumerated() {
            if [8, 13, 18, 23].contains(index) {
                guard byte == UInt8(ascii: "-") else { break }
                continue
            }
            // Only the spelling that servers use: two spellings of one UUID are two identities.
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default:
                self = .other(text)
                return
            }
            if digits < 16 { words.0 = words.0 << 4 | UInt64(digit) } else { words.1 = words.1 << 4 | UInt64(digit) }
            digits += 1
        }
        self = digits == 32 && text.utf8.count == 36 ? .uuid(words.0, words.1) : .other(text)
    }
}
