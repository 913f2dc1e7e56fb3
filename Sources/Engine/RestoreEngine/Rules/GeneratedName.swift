/// Names to which Kubernetes appends five letters and digits of its own choice.
enum GeneratedName {
    /// No vowels and no digits that look like them: no words come out.
    private static let alphabet = Set("bcdfghjklmnpqrstvwxz2456789".utf8)

    /// Whether `name` is `base`, `-`, and five such characters.
    static func isGenerated(_ name: String, base: String) -> Bool {
        name.hasPrefix("\(base)-") && name.utf8.count == base.utf8.count + 6
            && name.utf8.suffix(5).allSatisfy(alphabet.contains)
    }

    /// Whether the token controller may have given a secret this name.
    static func isToken(_ name: String, of serviceAccount: String) -> Bool {
        isGenerated(name, base: "\(serviceAccount)-token")
    }

    /// Whether the name ends as a generated one does; and what it was made from.
    static func base(of name: String) -> String? {
        guard name.utf8.count > 6, name.utf8.suffix(5).allSatisfy(alphabet.contains) else { return nil }
        let base = name.dropLast(5)
        return base.hasSuffix("-") ? String(base.dropLast()) : nil
    }
}
