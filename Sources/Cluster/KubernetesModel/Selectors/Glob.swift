/// A name, or a pattern for names: `*` stands for any characters, `?` for one, `[a-c]` for one of a set, `[!a-c]` for one
/// that is not.
package struct Glob: Sendable, Hashable, CustomStringConvertible {
    private enum Part: Sendable, Hashable {
        case character(Character)
        case one
        case many
        case set(ranges: [ClosedRange<Character>], isNegated: Bool)
    }

    private let pattern: String
    private let parts: [Part]

    /// - Returns: `nil` when a set in `pattern` does not end.
    package init?(_ pattern: String) {
        self.pattern = pattern
        var parts: [Part] = []
        var rest = pattern[...]
        while let character = rest.popFirst() {
            switch character {
            case "*": parts.append(.many)
            case "?": parts.append(.one)
            case "[":
                guard let end = rest.dropFirst().firstIndex(of: "]") else { return nil }
                var members = rest[..<end]
                rest = rest[rest.index(after: end)...]
                let isNegated = members.first == "!" || members.first == "^"
                if isNegated { members.removeFirst() }
                guard let ranges = Self.ranges(of: members) else { return nil }
                parts.append(.set(ranges: ranges, isNegated: isNegated))
            default: parts.append(.character(character))
            }
        }
        self.parts = parts
    }

    private static func ranges(of members: Substring) -> [ClosedRange<Character>]? {
        var ranges: [ClosedRange<Character>] = []
        var rest = members
        while let first = rest.popFirst() {
            if rest.first == "-", rest.count > 1 {
                rest.removeFirst()
                guard let last = rest.popFirst(), first <= last else { return nil }
                ranges.append(first...last)
            } else {
                ranges.append(first...first)
            }
        }
        return ranges.isEmpty ? nil : ranges
    }

    /// Whether it is a plain name.
    package var isLiteral: Bool {
        parts.allSatisfy { if case .character = $0 { true } else { false } }
    }

    /// Whether it stands for every name.
    package var matchesEverything: Bool { !parts.isEmpty && parts.allSatisfy { $0 == .many } }

    package func matches(_ name: String) -> Bool {
        let name = Array(name)
        var part = 0
        var position = 0
        // Where to go on when what follows the last `*` does not match here.
        var retry: (part: Int, position: Int)?
        while position < name.count {
            if part < parts.count, parts[part] == .many {
                retry = (part + 1, position)
                part += 1
            } else if part < parts.count, Self.matches(parts[part], name[position]) {
                part += 1
                position += 1
            } else if let last = retry {
                part = last.part
                position = last.position + 1
                retry = (last.part, position)
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .many }
    }

    private static func matches(_ part: Part, _ character: Character) -> Bool {
        switch part {
        case .character(let expected): expected == character
        case .one: true
        case .many: false
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(character) } != isNegated
        }
    }

    package var description: String { pattern }
}
