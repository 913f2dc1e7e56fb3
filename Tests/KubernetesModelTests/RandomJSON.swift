import KubernetesModel

extension JSONValue {
    static func random(depth: Int, using random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int.random(in: .min ... .max, using: &random))
        case 3:
            let literals = [
                "0", "-0", "1.50", "9007199254740993", "1e400", "-2.5E-7", "0.0", "123456789012345678901234567890",
            ]
            return JSONNumber(literal: literals.randomElement(using: &random) ?? "0").map { .number($0) } ?? .null
        case 4, 5: return .string(randomText(using: &random))
        case 6:
            return .array(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in .random(depth: depth - 1, using: &random) }
            )
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                object[randomText(using: &random)] = .random(depth: depth - 1, using: &random)
            }
            return .object(object)
        }
    }

    static func randomText(using random: inout SeededGenerator) -> String {
        let parts = [
            "a", "name", "\"", "\\", "\n", "\u{0}", "\u{1F}", "é", "e\u{301}", "😀", "/", "{", "}", "\u{2028}", "\u{7F}",
            "items",
        ]
        return (0..<Int.random(in: 0...12, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }
            .joined()
    }
}
