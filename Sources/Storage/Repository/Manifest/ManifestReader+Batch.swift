extension ManifestReader {
    /// Reads the records of some entries: neighbours in a pack in one request, each block once.
    ///
    /// All of the blocks are in memory at once.
    ///
    /// - Parameter body: Gets each entry with its record, or with the reason why it cannot be read; in the order of
    ///   `entries`.
    /// - Throws: What `body` throws; `ObjectStoreError` when the store fails otherwise than by having lost or damaged an
    ///   object.
    @concurrent
    package func forEachRecord(
        of entries: [ManifestEntry],
        _ body: @Sendable (Int, ManifestEntry, Result<ArraySlice<UInt8>, RepositoryError>) async throws -> Void
    ) async throws {
        var blocks: [BlockLocation: OpenedBlock] = [:]
        for range in BlockRange.covering(Set(entries.map(\.location.block))) {
            for (location, block) in try await reader.read(range) { blocks[location] = block }
        }
        for (place, entry) in entries.enumerated() {
            guard let block = blocks[entry.location.block] else { preconditionFailure("every block was asked for") }
            let record = Result { () throws(RepositoryError) in
                try Self.record(entry, in: try block.get(), keys: reader.keys)
            }
            try await body(place, entry, record)
        }
    }
}
