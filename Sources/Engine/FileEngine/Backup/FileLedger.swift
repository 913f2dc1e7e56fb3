import Synchronization

/// What a backup or restore of files came to: what was done, what was left out by which rule, and what failed.
package final class FileLedger: Sendable {
    package struct Failure: Sendable, Equatable {
        package let path: StoredPath
        package let reason: String
    }

    private struct State {
        var failures: [Failure] = []
        var failureCount = 0
        var exclusions: [String: Int] = [:]
        var warnings: [String] = []
        var counts = FileCounts()
    }

    /// How many failures are named; others are counted.
    private static let mostNamed = 1000

    private let state = Mutex(State())

    package init() {}

    func fail(_ path: StoredPath, _ reason: String) {
        state.withLock { state in
            state.failureCount += 1
            if state.failures.count < Self.mostNamed { state.failures.append(Failure(path: path, reason: reason)) }
        }
    }

    func exclude(_ path: StoredPath, rule: String) { state.withLock { $0.exclusions[rule, default: 0] += 1 } }

    func warn(_ text: String) {
        state.withLock { if $0.warnings.count < Self.mostNamed { $0.warnings.append(text) } }
    }

    /// Counts what was restored whole.
    func restored(_ kind: FileNode.Kind, size: Int) { state.withLock { $0.counts.add(kind, size: size) } }

    func done(_ counts: FileCounts) { state.withLock { $0.counts = counts } }

    /// What was backed up, at the end; what has been restored whole so far.
    package var counts: FileCounts { state.withLock { $0.counts } }

    package var warnings: [String] { state.withLock { $0.warnings } }

    /// Those that are named, in the order of their paths, and how many there are in all.
    package var failures: (named: [Failure], count: Int) {
        state.withLock { state in
            (state.failures.sorted { $0.path.bytes.lexicographicallyPrecedes($1.path.bytes) }, state.failureCount)
        }
    }

    /// How many paths each rule left out; a folder counts once, with what is in it.
    package var exclusions: [(rule: String, count: Int)] {
        state.withLock { $0.exclusions.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 } }
    }
}
