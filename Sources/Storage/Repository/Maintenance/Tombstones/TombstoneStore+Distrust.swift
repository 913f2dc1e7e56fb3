import Concurrency
import ObjectStore

extension TombstoneStore {
    private static let marksAtOnce = 8
    private static let mostTries = 5

    /// Marks packs as spoilt, so that the index tells of nothing in them any more.
    ///
    /// A prune may change marks at the same time: then they are looked at again.
    ///
    /// - Throws: `ObjectStoreError`, with code `conflict` when the marks change again and again.
    func distrust(_ packs: [PackID]) async throws {
        var left = packs
        for _ in 0..<Self.mostTries {
            if left.isEmpty { return }
            let marks = try await list()
            left.removeAll { pack in
                switch marks[pack]?.state {
                // The index tells of nothing there, and there is no way back to where it would.
                case .deleting, .gone, .distrusted: true
                // Its chunks are found in their new places.
                case .relocated: true
                case .marked, .revived, nil: false
                }
            }
            let isWritten = try await left.concurrentMap(width: Self.marksAtOnce) { pack in
                try await write(.distrusted, for: pack, replacing: marks[pack])
            }
            left = zip(left, isWritten).filter { !$1 }.map(\.0)
        }
        guard let pack = left.first else { return }
        throw ObjectStoreError(
            .conflict,
            "The mark '\(Self.key(pack))' in '\(store.location)' changes again and again, so that pack \(pack), which is "
                + "damaged, could not be marked. Run the repair again once no prune is running."
        )
    }
}
