/// Reads label selectors with the lexical rules of Kubernetes: white space and the characters `=!(),<>` part words.
struct LabelSelectorParser {
    private enum Token: Equatable {
        case word(String)
        /// `=`, `==`, `!=`, `!`, `(`, `)`, `,`, `<`, `>`
        case symbol(String)
        case end
    }

    private let text: String
    private var tokens: [(token: Token, position: Int)] = []
    private var index = 0

    init(_ text: String) {
        self.text = text
        tokens = Self.tokens(of: text)
    }

    mutating func requirements() throws(LabelSelectorError) -> [LabelRequirement] {
        var requirements: [LabelRequirement] = []
        if current == .end { return [] }
        while true {
            requirements.append(try requirement())
            if current == .end { return requirements }
            guard current == .symbol(",") else { throw unexpected("',' or the end") }
            index += 1
        }
    }

    private var current: Token { tokens[index].token }

    private mutating func requirement() throws(LabelSelectorError) -> LabelRequirement {
        if current == .symbol("!") {
            index += 1
            return LabelRequirement(key: try key(), operator: .doesNotExist)
        }
        let key = try key()
        switch current {
        case .end, .symbol(","):
            return LabelRequirement(key: key, operator: .exists)
        case .symbol("="), .symbol("=="):
            index += 1
            return LabelRequirement(key: key, operator: .isIn([try value()]))
        case .symbol("!="):
            index += 1
            return LabelRequirement(key: key, operator: .isNotIn([try value()]))
        case .symbol(">"):
            index += 1
            return LabelRequirement(key: key, operator: .isGreaterThan(try bound()))
        case .symbol("<"):
            index += 1
            return LabelRequirement(key: key, operator: .isLessThan(try bound()))
        case .word("in"):
            index += 1
            return LabelRequirement(key: key, operator: .isIn(try values()))
        case .word("notin"):
            index += 1
            return LabelRequirement(key: key, operator: .isNotIn(try values()))
        default:
            throw unexpected("one of '=', '==', '!=', 'in', 'notin', '<', '>', ','")
        }
    }

    private mutating func key() throws(LabelSelectorError) -> String {
        guard case .word(let key) = current else { throw unexpected("the key of a label") }
        guard Self.isLabelKey(key) else { throw error("'\(key)' is no key of a label") }
        index += 1
        return key
    }

    /// A value may be empty: `key=`.
    private mutating func value() throws(LabelSelectorError) -> String {
        switch current {
        case .end, .symbol(","): return ""
        case .word(let value):
            guard Self.isLabelValue(value) else { throw error("'\(value)' is no value of a label") }
            index += 1
            return value
        case .symbol: throw unexpected("a value")
        }
    }

    private mutating func bound() throws(LabelSelectorError) -> Int {
        guard case .word(let text) = current, let bound = Int(text) else { throw unexpected("an integer") }
        index += 1
        return bound
    }

    private mutating func values() throws(LabelSelectorError) -> Set<String> {
        guard current == .symbol("(") else { throw unexpected("'('") }
        index += 1
        var values: Set<String> = []
        while true {
            switch current {
            case .word(let value):
                guard Self.isLabelValue(value) else { throw error("'\(value)' is no value of a label") }
                values.insert(value)
                index += 1
            case .symbol(","), .symbol(")"): values.insert("")
            default: throw unexpected("a value")
            }
            switch current {
            case .symbol(","): index += 1
            case .symbol(")"):
                index += 1
                return values
            default: throw unexpected("',' or ')'")
            }
        }
    }

    private func unexpected(_ expected: String) -> LabelSelectorError {
        switch current {
        case .word(let found), .symbol(let found): error("'\(found)' stands where \(expected) should")
        case .end: error("it ends where \(expected) should stand")
        }
    }

    private func error(_ what: String) -> LabelSelectorError {
        let position = tokens[index].position
        return LabelSelectorError(
            message: "The label selector '\(text)' is not valid at position \(position + 1): \(what).",
            position: position
        )
    }

    private static func tokens(of text: String) -> [(Token, Int)] {
        var tokens: [(Token, Int)] = []
        var word = ""
        let characters = Array(text)
        var index = 0
        func end(_ word: inout String) {
            if !word.isEmpty { tokens.append((.word(word), index - word.count)) }
            word = ""
        }
        while index < characters.count {
            let character = characters[index]
            switch character {
            case " ", "\t", "\n", "\r": end(&word)
            case "(", ")", ",", "<", ">":
                end(&word)
                tokens.append((.symbol(String(character)), index))
            case "=", "!":
                end(&word)
                let isPair = index + 1 < characters.count && characters[index + 1] == "="
                tokens.append((.symbol(isPair ? "\(character)=" : String(character)), index))
                if isPair { index += 1 }
            default: word.append(character)
            }
            index += 1
        }
        end(&word)
        tokens.append((.end, characters.count))
        return tokens
    }
}

extension LabelSelectorParser {
    /// `[prefix/]name`: a DNS subdomain of up to 253 characters, and a name as ``isLabelValue(_:)`` that is not empty.
    static func isLabelKey(_ key: String) -> Bool {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return !key.isEmpty && isLabelValue(key)
        case 2: return isSubdomain(parts[0]) && !parts[1].isEmpty && isLabelValue(String(parts[1]))
        default: return false
        }
    }

    /// Up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends; may be empty.
    static func isLabelValue(_ value: String) -> Bool {
        let bytes = Array(value.utf8)
        guard let first = bytes.first, let last = bytes.last else { return true }
        return bytes.count <= 63 && isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy {
                isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
            }
    }

    private static func isSubdomain(_ text: Substring) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.first, let last = part.last else { return false }
            return isLowercaseAlphanumeric(first) && isLowercaseAlphanumeric(last)
                && part.allSatisfy { isLowercaseAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowercaseAlphanumeric(byte) || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
    }

    private static func isLowercaseAlphanumeric(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
}
