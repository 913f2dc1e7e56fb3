import Concurrency
import SystemPackage

extension DirectoryObjectStore {
    package func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
        try await list(prefix: prefix, after: "", body)
    }

    package func list(
        prefix: String,
        after keyStart: String,
        _ body: ([ObjectStat]) async throws -> Void
    ) async throws {
        guard ObjectKey.canStart(with: prefix) else { return }
        var folders = prefix.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        let start = folders.removeLast()

        var walk = try await run { [folders] in
            var walk = TreeWalk()
            try enter(folders, startingWith: start, after: keyStart, in: &walk)
            return walk
        }
        while !walk.isAtEnd {
            try Task.checkCancellation()
            let (page, rest) = try await run { [walk] in
                var walk = walk
                return (try nextPage(&walk, after: keyStart), walk)
            }
            walk = rest
            if !page.isEmpty { try await body(page) }
        }
    }

    /// Reads on until a page of 1,000 objects is full.
    private func nextPage(_ walk: inout TreeWalk, after keyStart: String) throws -> [ObjectStat] {
        var page: [ObjectStat] = []
        while page.count < 1000, let folders = walk.currentFolder {
            guard let folder = try openFolder(folders.map { ObjectPath.name(ofSegment: $0[...]) }) else {
                // Removed since its parent was read.
                walk.leave()
                continue
            }
            while page.count < 1000, let entry = walk.next() {
                guard let key = ObjectKey(validating: (folders + [entry.segment]).joined(separator: "/")),
                    let status = try folder.status(of: ObjectPath.name(ofSegment: entry.segment[...]))
                else { continue }
                if status.kind == .file, key.comes(after: keyStart) { page.append(status.objectStat(under: key)) }
                if entry.isFolder {
                    try enter(folders + [entry.segment], after: keyStart, in: &walk)
                    break
                }
            }
            if walk.isCurrentFolderDone { walk.leave() }
        }
        return page
    }

    private func enter(
        _ segments: [String],
        startingWith start: String = "",
        after keyStart: String,
        in walk: inout TreeWalk
    ) throws {
        guard let folder = try openFolder(segments.map { ObjectPath.name(ofSegment: $0[...]) }) else { return }
        var entries: [TreeWalk.Entry] = []
        for entry in try folder.entries() {
            guard let segment = ObjectPath.segment(ofName: entry.name), segment.utf8.starts(with: start.utf8) else {
                continue
            }
            // A folder whose keys all come before the start is not read.
            let key = (segments + [segment]).joined(separator: "/")
            let isBehind = keyStart.utf8.lexicographicallyPrecedes("\(key)/".utf8) || keyStart.hasPrefix("\(key)/")
            guard isBehind || keyStart.utf8.lexicographicallyPrecedes(key.utf8) else { continue }
            switch try entry.kind ?? folder.status(of: entry.name)?.kind {
            case .file: entries.append(TreeWalk.Entry(segment: segment, isFolder: false))
            case .folder: entries.append(TreeWalk.Entry(segment: segment, isFolder: true))
            case .other, nil: continue
            }
        }
        walk.enter(segments, entries)
    }
}
