/// Finds what somebody may have meant who mistyped a name.
package enum NearestName {
    /// The name that differs least from `text`, if that is little enough to be a slip: one letter in a short name, a third
    /// of the letters at most.
    package static func find(_ text: String, among names: some Sequence<String>) -> String? {
        let typed = Array(text.lowercased().unicodeScalars.prefix(100))
        let limit = max(1, min(3, typed.count / 3))
        var best: (name: String, distance: Int)?
        for name in names where name != text {
            let other = Array(name.lowercased().unicodeScalars.prefix(100))
            guard abs(other.count - typed.count) <= limit else { continue }
            let distance = distance(typed, other)
            guard distance <= limit, distance < other.count else { continue }
            if best.map({ (distance, name) < ($0.distance, $0.name) }) ?? true { best = (name, distance) }
        }
        return best?.name
    }

    /// A sentence for the end of a message: ` Did you mean 'web'?`; empty when nothing is near.
    package static func hint(_ text: String, among names: some Sequence<String>) -> String {
        find(text, among: names).map { " Did you mean '\($0)'?" } ?? ""
    }

    /// How many letters are to be put in, left out, replaced, or exchanged with their neighbour.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                var best = min(
                    last[column] + (left[row] == right[column] ? 0 : 1),
                    last[column + 1] + 1,
                    current[column] + 1
                )
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
