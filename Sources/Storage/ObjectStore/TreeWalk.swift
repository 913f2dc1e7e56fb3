/// How far the reading of a tree of folders has come, in the order of the keys' bytes.
struct TreeWalk: Sendable {
    struct Entry: Sendable {
        let segment: String
        let isFolder: Bool

        /// Sorts entries as the keys sort: a folder's go on with `/`, which comes after `-` and before `0`.
        fileprivate let sortKey: String

        init(segment: String, isFolder: Bool) {
            self.segment = segment
            self.isFolder = isFolder
            sortKey = isFolder ? segment + "/" : segment
        }
    }

    private struct Level {
        let folder: [String]
        /// Backwards, so that the next one is the last.
        var entries: [Entry]
    }

    private var levels: [Level] = []

    var isAtEnd: Bool { levels.isEmpty }
    var currentFolder: [String]? { levels.last?.folder }
    var isCurrentFolderDone: Bool { levels.last?.entries.isEmpty ?? false }

    mutating func enter(_ folder: [String], _ entries: [Entry]) {
        levels.append(
            Level(
                folder: folder,
                entries: entries.sorted { $1.sortKey.utf8.lexicographicallyPrecedes($0.sortKey.utf8) }
            )
        )
    }

    mutating func leave() { levels.removeLast() }

    mutating func next() -> Entry? {
        levels.isEmpty ? nil : levels[levels.count - 1].entries.popLast()
    }
}
