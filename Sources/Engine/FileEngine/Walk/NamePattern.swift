/// A pattern for one name: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before a character that stands for itself.
enum NamePattern {
    static func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        var pattern = pattern
        var name = name
        // Where to go on when what follows the last star does not match: the star takes one byte more.
        var retry: (pattern: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
        while true {
            if pattern.first == UInt8(ascii: "*") {
                pattern.removeFirst()
                retry = (pattern, name)
                continue
            }
            if pattern.isEmpty, name.isEmpty { return true }
            if let byte = name.first, let rest = step(pattern, byte) {
                pattern = rest
                name.removeFirst()
                continue
            }
            guard let last = retry, !last.name.isEmpty else { return false }
            pattern = last.pattern
            name = last.name.dropFirst()
            retry = (pattern, name)
        }
    }

    /// What is left of the pattern behind the part that takes `byte`; `nil` when it does not.
    private static func step(_ pattern: ArraySlice<UInt8>, _ byte: UInt8) -> ArraySlice<UInt8>? {
        guard let first = pattern.first else { return nil }
        let rest = pattern.dropFirst()
        switch first {
        case UInt8(ascii: "?"): return rest
        case UInt8(ascii: "["):
            // A bracket that is not closed stands for itself.
            guard let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "]")) else {
                return byte == first ? rest : nil
            }
            return set(rest[..<end], contains: byte) ? rest[(end + 1)...] : nil
        case UInt8(ascii: "\\"):
            guard let literal = rest.first else { return byte == first ? rest : nil }
            return byte == literal ? rest.dropFirst() : nil
        default: return byte == first ? rest : nil
        }
    }

    private static func set(_ set: ArraySlice<UInt8>, contains byte: UInt8) -> Bool {
        var set = set
        let isNegated = set.first == UInt8(ascii: "!") || set.first == UInt8(ascii: "^")
        if isNegated { set.removeFirst() }
        var isFound = false
        while let low = set.popFirst() {
            if set.count >= 2, set.first == UInt8(ascii: "-") {
                set.removeFirst()
                let high = set.removeFirst()
                isFound = isFound || (low <= byte && byte <= high)
            } else {
                isFound = isFound || byte == low
            }
        }
        return isFound != isNegated
    }
}
