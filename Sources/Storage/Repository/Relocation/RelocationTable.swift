import ObjectStore
import Synchronization

/// The relocations of a repository, read when they are asked for.
///
/// A relocation never changes; those used last are kept, within a bound.
final class RelocationTable: Sendable {
    /// In bytes.
    private static let limit = 16 << 20
    private static let mostAbsent = 10_000
    /// A record that was written anew again and again is looked for in so many places.
    static let mostHops = 64

    private struct State {
        var kept: [PackID: (relocation: Relocation, usedAt: Int)] = [:]
        var cost = 0
        var uses = 0
        /// Packs without one.
        var absent: Set<PackID> = []
        /// Packs that a reader has found gone, and relocated.
        var gone: Set<PackID> = []
    }

    private let store: any ObjectStore
    private let keys: RepositoryKeys
    private let state = Mutex(State())

    init(store: any ObjectStore, keys: RepositoryKeys) {
        self.store = store
        self.keys = keys
    }

    /// Where the blocks of a pack are now; `nil` when it was not relocated.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged``; `ObjectStoreError`.
    func relocation(of pack: PackID) async throws -> Relocation? {
        let known: Relocation?? = state.withLock { state in
            if state.absent.contains(pack) { return .some(nil) }
            guard let kept = state.kept[pack] else { return nil }
            state.uses += 1
            state.kept[pack]?.usedAt = state.uses
            return kept.relocation
        }
        if let known { return known }
        guard let read = try await Self.read(pack, from: store, keys: keys) else {
            state.withLock { state in
                if state.absent.count < Self.mostAbsent { state.absent.insert(pack) }
            }
            return nil
        }
        keep(read)
        return read
    }

    private func keep(_ relocation: Relocation) {
        state.withLock { state in
            guard state.kept[relocation.pack] == nil else { return }
            state.uses += 1
            state.kept[relocation.pack] = (relocation, state.uses)
            state.cost += relocation.cost
            while state.cost > Self.limit, state.kept.count > 1,
                let oldest = state.kept.min(by: { $0.value.usedAt < $1.value.usedAt })
            {
                state.kept[oldest.key] = nil
                state.cost -= oldest.value.relocation.cost
            }
        }
    }

    /// Whether a pack was found gone and relocated: it need not be asked for again.
    func isGone(_ pack: PackID) -> Bool { state.withLock { $0.gone.contains(pack) } }

    func noteGone(_ pack: PackID) { state.withLock { _ = $0.gone.insert(pack) } }

    /// Reads a relocation; `nil` when there is none.
    static func read(
        _ pack: PackID,
        from store: any ObjectStore,
        keys: RepositoryKeys
    ) async throws -> Relocation? {
        do {
            let payload = try await Envelope.read(Relocation.key(pack), from: store, keys: keys)
            return try Relocation(decoding: payload, of: pack)
        } catch let error as ObjectStoreError where error.code == .notFound {
            return nil
        }
    }
}
