/// Which paths are left out: patterns as in a `.gitignore`.
///
/// A pattern without `/`, or with one at its end only, matches a name at any depth; any other matches from the path that
/// is backed up on. `*`, `?` and `[a-z]` match within a name, `**` any number of folders. With a `/` at its end it matches
/// folders only. A `!` in front takes back what an earlier pattern left out. The last pattern that matches counts. What is in
/// a folder that is left out is not looked at.
package struct ExcludePatterns: Sendable, Equatable {
    private struct Pattern: Sendable, Equatable {
        let components: [[UInt8]]
        let isNegated: Bool
        let matchesFoldersOnly: Bool
    }

    package let texts: [String]
    private let patterns: [Pattern]

    package init(_ texts: [String]) {
        self.texts = texts
        patterns = texts.map { text in
            var rest = Array(text.utf8)[...]
            let isNegated = rest.first == UInt8(ascii: "!")
            if isNegated { rest.removeFirst() }
            let matchesFoldersOnly = rest.last == UInt8(ascii: "/")
            if matchesFoldersOnly { rest.removeLast() }
            let isAnchored = rest.contains(UInt8(ascii: "/"))
            let components = rest.split(separator: UInt8(ascii: "/")).map(Array.init)
            return Pattern(
                components: isAnchored ? components : [Array("**".utf8)] + components,
                isNegated: isNegated,
                matchesFoldersOnly: matchesFoldersOnly
            )
        }
    }

    var isEmpty: Bool { patterns.isEmpty }

    /// The pattern that leaves a path out; `nil` when none does.
    ///
    /// - Parameter path: From the path that is backed up on, that not included.
    func pattern(excluding path: ArraySlice<ArraySlice<UInt8>>, isFolder: Bool) -> String? {
        for (index, pattern) in patterns.enumerated().reversed() {
            if pattern.matchesFoldersOnly, !isFolder { continue }
            if Self.matches(pattern.components[...], path) { return pattern.isNegated ? nil : texts[index] }
        }
        return nil
    }

    private static func matches(_ pattern: ArraySlice<[UInt8]>, _ path: ArraySlice<ArraySlice<UInt8>>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        if first.elementsEqual("**".utf8) {
            let rest = pattern.dropFirst()
            // At the end it stands for what is in a folder, not for the folder.
            if rest.isEmpty { return !path.isEmpty }
            return path.indices.contains { matches(rest, path[$0...]) }
        }
        guard let name = path.first, NamePattern.matches(first[...], name) else { return false }
        return matches(pattern.dropFirst(), path.dropFirst())
    }
}
