import Synchronization

/// The decoded manifest pages used last, within a bound: neighbours ask for the same page.
final class ManifestPageCache: Sendable {
    private static let capacity = 12

    private struct State {
        var pages: [BlockLocation: [ManifestChange]] = [:]
        var order: [BlockLocation] = []
    }

    private let state = Mutex(State())

    func rows(of block: BlockLocation) -> [ManifestChange]? {
        state.withLock { state in
            guard let rows = state.pages[block] else { return nil }
            if let index = state.order.firstIndex(of: block) { state.order.append(state.order.remove(at: index)) }
            return rows
        }
    }

    func insert(_ rows: [ManifestChange], for block: BlockLocation) {
        state.withLock { state in
            if state.pages.updateValue(rows, forKey: block) == nil { state.order.append(block) }
            if state.order.count > Self.capacity { state.pages[state.order.removeFirst()] = nil }
        }
    }
}
