import Synchronization

/// The manifest pages used last, within a bound: neighbours ask for the same page.
///
/// Decoded pages are few, for they take several times as much room; pages that were read ahead wait as bytes.
final class ManifestPageCache: Sendable {
    private static let decodedPages = 12
    /// In bytes, before they are decoded.
    private static let aheadLimit = 6 << 20

    private struct State {
        var decoded = RecentlyUsed<[ManifestChange]>()
        var ahead = RecentlyUsed<[UInt8]>()
        var aheadBytes = 0
    }

    private let state = Mutex(State())

    func rows(of block: BlockLocation) -> [ManifestChange]? { state.withLock { $0.decoded.use(block) } }

    func insert(_ rows: [ManifestChange], for block: BlockLocation) {
        state.withLock { state in
            state.decoded.insert(rows, for: block)
            if state.decoded.count > Self.decodedPages { _ = state.decoded.removeOldest() }
        }
    }

    /// Whether the page need not be read.
    func contains(_ block: BlockLocation) -> Bool {
        state.withLock { $0.decoded.contains(block) || $0.ahead.contains(block) }
    }

    /// Keeps the bytes of a page until they are taken, or too many others have come.
    func insert(ahead bytes: [UInt8], for block: BlockLocation) {
        state.withLock { state in
            guard !state.ahead.contains(block) else { return }
            state.ahead.insert(bytes, for: block)
            state.aheadBytes += bytes.count
            while state.aheadBytes > Self.aheadLimit, state.ahead.count > 1, let oldest = state.ahead.removeOldest() {
                state.aheadBytes -= oldest.count
            }
        }
    }

    /// The bytes of a page that was read ahead; whoever takes them decodes them.
    func takeBytes(of block: BlockLocation) -> [UInt8]? {
        state.withLock { state in
            guard let bytes = state.ahead.remove(block) else { return nil }
            state.aheadBytes -= bytes.count
            return bytes
        }
    }
}

/// Values for few blocks, in the order of their last use.
private struct RecentlyUsed<Value> {
    private var values: [BlockLocation: Value] = [:]
    /// The one used last at the end.
    private var order: [BlockLocation] = []

    var count: Int { order.count }

    func contains(_ block: BlockLocation) -> Bool { values[block] != nil }

    mutating func use(_ block: BlockLocation) -> Value? {
        guard let value = values[block] else { return nil }
        if let index = order.firstIndex(of: block) { order.append(order.remove(at: index)) }
        return value
    }

    mutating func insert(_ value: Value, for block: BlockLocation) {
        if values.updateValue(value, forKey: block) == nil { order.append(block) }
    }

    mutating func remove(_ block: BlockLocation) -> Value? {
        guard let value = values.removeValue(forKey: block) else { return nil }
        order.removeAll { $0 == block }
        return value
    }

    mutating func removeOldest() -> Value? { order.first.flatMap { remove($0) } }
}
