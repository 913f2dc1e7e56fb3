import Synchronization

extension PackPipeline {
    /// What was written so far.
    var statistics: WriteStatistics { state.withLock { $0.statistics } }

    /// The packs stored so far.
    var storedPacks: [PackID] { state.withLock { $0.stored } }

    /// The same as a list tells them.
    ///
    /// - Parameter date: Now.
    func listedPacks(at date: Double) -> [ListedPack] {
        state.withLock { state in
            zip(state.stored, state.storedSizes).map { ListedPack(id: $0, sizeInBytes: $1, modifiedAt: date) }
        }
    }
}
