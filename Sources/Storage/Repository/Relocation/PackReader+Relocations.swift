import ObjectStore

extension PackReader {
    /// Reads blocks of a pack that is gone, from where a prune has put them; those that are in no other place are missing.
    ///
    /// - Parameter hops: How often these blocks were looked for elsewhere already.
    func readRelocated(_ range: BlockRange, hops: Int) async throws -> [(BlockLocation, OpenedBlock)] {
        func fail(_ error: RepositoryError) -> [(BlockLocation, OpenedBlock)] {
            range.blocks.map { ($0, .failure(error)) }
        }
        let relocation: Relocation
        do {
            guard hops < RelocationTable.mostHops, let found = try await relocations?.relocation(of: range.pack) else {
                return fail(.missing(range.pack, in: store.location))
            }
            relocation = found
        } catch let error as RepositoryError where error.code == .damaged {
            return fail(error)
        }
        relocations?.noteGone(range.pack)
        let entries = range.blocks.map { relocation.entry(for: $0) }
        var wanted = Set(entries.lazy.compactMap { $0?.new })
        var opened: [BlockLocation: OpenedBlock] = [:]
        for block in wanted {
            if let kept = keptBlock(block) { opened[block] = .success(kept) }
        }
        wanted.subtract(opened.keys)
        for range in BlockRange.covering(wanted) {
            for (block, content) in try await read(range, hops: hops + 1) { opened[block] = content }
        }
        return zip(range.blocks, entries).map { block, entry in
            guard let entry, let content = opened[entry.new] else {
                return (block, .failure(.leftOut(block, in: store.location)))
            }
            return (block, OpenedBlock { () throws(RepositoryError) in try entry.expand(try content.get()) })
        }
    }
}

extension RepositoryError {
    /// A block was not taken over when its pack was written anew.
    fileprivate static func leftOut(_ block: BlockLocation, in location: String) -> RepositoryError {
        RepositoryError(
            .damaged,
            "Pack \(block.pack) in '\(location)' is gone, and '\(Relocation.key(block.pack))', which says where a prune has put "
                + "what backups needed of it, does not name block \(block.number)."
        )
    }
}
