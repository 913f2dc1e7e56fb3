import Concurrency
import ObjectStore

/// Makes the index of chunks anew from the tables of contents of all packs.
package struct IndexRepairReport: Sendable {
    package var packs = 0
    package var oldSegments = 0
    package var newSegments = 0
    package var chunks = 0
    /// Packs whose table of contents cannot be read: their chunks are not in the index, and will be written again.
    package var unreadablePacks: [(pack: PackID, reason: String)] = []

    package init() {}
}

extension Repository {
    /// Makes the index of chunks anew.
    ///
    /// Safe beside backups, and wherever it is cut off: the old segments are deleted once the new ones are stored.
    ///
    /// - Parameter isDryRun: Says what would be done, and does nothing.
    /// - Throws: `ObjectStoreError`.
    package func repairIndex(isDryRun: Bool) async throws -> IndexRepairReport {
        try await repairIndex(isDryRun: isDryRun, chunksOfSegment: 1 << 18)
    }

    func repairIndex(isDryRun: Bool, chunksOfSegment: Int) async throws -> IndexRepairReport {
        var report = IndexRepairReport()
        // Segments that are written from now on name packs that may not be in the list below.
        let old = try await store.list(prefix: ChunkIndex.prefix).map(\.key)
        let marks = try await TombstoneStore(store: store).list()
        let list = try await PackList(of: store)
        // What was written anew is found in its new place.
        let relocated = Set(list.relocations.lazy.map(\.id))
        let packs = list.packs.map(\.id).filter { !relocated.contains($0) && marks[$0]?.mayBeIndexed ?? true }
        var records: [(id: RecordID, location: RecordLocation)] = []

        func storeSegment() async throws {
            report.chunks += records.count
            for part in records.batches(of: FormatLimits.segmentRecords) {
                report.newSegments += 1
                if !isDryRun { _ = try await IndexSegment(records: Array(part)).store(in: store, keys: keys) }
            }
            records = []
        }
        for batch in packs.batches(of: 8) {
            let footers = try await batch.concurrentMap(width: batch.count) { pack in
                do {
                    return Result<PackFooter, RepositoryError>.success(try await reader.readFooter(of: pack))
                } catch let error as RepositoryError where error.code == .damaged {
                    return .failure(error)
                }
            }
            for (pack, footer) in zip(batch, footers) {
                report.packs += 1
                switch footer {
                case .failure(let error): report.unreadablePacks.append((pack, error.message))
                case .success(let footer): records += footer.chunks(in: pack)
                }
                if records.count >= chunksOfSegment { try await storeSegment() }
            }
        }
        try await storeSegment()
        report.oldSegments = old.count
        if !isDryRun { try await store.delete(old) }
        return report
    }
}

extension PackFooter {
    /// The chunks of a pack, and where they lie.
    func chunks(in pack: PackID) -> [(id: RecordID, location: RecordLocation)] {
        var chunks: [(id: RecordID, location: RecordLocation)] = []
        for (location, block) in zip(locations(in: pack), blocks) where block.kind == .chunks {
            var offset = 0
            for record in block.records where offset + record.length <= FormatLimits.payload {
                let place = RecordLocation(block: location, offset: UInt32(offset), length: UInt32(record.length))
                chunks.append((record.id, place))
                offset += record.length
            }
        }
        return chunks
    }
}
