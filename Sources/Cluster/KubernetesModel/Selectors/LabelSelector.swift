/// A condition on labels in kubectl's syntax: `app=web,tier in (front,back),!legacy`.
package struct LabelSelector: Sendable, Hashable {
    /// All of them must match; none at all match everything.
    package let requirements: [LabelRequirement]

    package init(_ requirements: [LabelRequirement]) { self.requirements = requirements }

    /// Parses `text` as kubectl does: `=`, `==`, `!=`, `in (…)`, `notin (…)`, `key`, `!key`, `>`, `<`, joined by commas.
    ///
    /// - Throws: ``LabelSelectorError``, also for keys and values that no label can have.
    package init(parsing text: String) throws(LabelSelectorError) {
        var parser = LabelSelectorParser(text)
        requirements = try parser.requirements()
    }

    package func matches(_ labels: [String: String]) -> Bool { requirements.allSatisfy { $0.matches(labels) } }
}

extension LabelSelector: CustomStringConvertible {
    /// As kubectl and the API take it.
    package var description: String { requirements.map(\.description).joined(separator: ",") }
}
