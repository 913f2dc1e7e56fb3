import Concurrency
import ObjectStore
import Synchronization

/// Says where every content-defined chunk of the repository lies.
///
/// Objects and pages need no index: the parent's manifest knows them by their place. A chunk may turn up anywhere.
final class ChunkIndex: Sendable {
    private struct State {
        var table = ChunkTable()
        /// How many records of the table are in segments already.
        var storedCount = 0
        var damage: [RepositoryError] = []
    }

    /// Records of a segment: fewer than there may be, so that encoding one takes little memory.
    private static let segmentRecords = 1 << 17

    static let prefix = "index/0/"

    /// Segments that are read at once, unless one is longer than ``smallSegment``.
    private static let segmentsAtOnce = 4
    private static let smallSegment = 8 << 20
    /// An index of more bytes is not kept on this machine: it would leave no room for anything else.
    private static let mostCached = 128 << 20

    private let store: any ObjectStore
    private let keys: RepositoryKeys
    private let cached: CachedObjects?
    private let state = Mutex(State())

    private init(store: any ObjectStore, keys: RepositoryKeys, cached: CachedObjects?) {
        self.store = store
        self.keys = keys
        self.cached = cached
    }

    /// Reads all segments of the repository, or those that are not kept on this machine.
    ///
    /// The index only saves writing chunks again: a damaged segment is passed over, and so are chunks whose packs are
    /// damaged, spoilt or gone.
    static func load(
        from store: any ObjectStore,
        keys: RepositoryKeys,
        cached: CachedObjects?,
        _ inventory: PackInventory
    ) async throws -> ChunkIndex {
        let segments = try await store.list(prefix: prefix)
        let isCached = segments.reduce(0) { $0 + $1.sizeInBytes } <= mostCached
        let index = ChunkIndex(store: store, keys: keys, cached: isCached ? cached : nil)
        try await segments.filter { $0.sizeInBytes <= smallSegment }.concurrentForEach(width: segmentsAtOnce) {
            segment in
            try await index.read(segment, inventory)
        }
        for segment in segments where segment.sizeInBytes > smallSegment { try await index.read(segment, inventory) }
        index.state.withLock { $0.storedCount = $0.table.count }
        return index
    }

    private func read(_ segment: ObjectStat, _ inventory: PackInventory) async throws {
        do {
            let payload = try await Envelope.read(segment.key, segment.version, from: store, keys: keys, cached)
            try add(payload, subject: "Index segment '\(segment.key)'", inventory)
        } catch let error as RepositoryError where error.code == .damaged {
            state.withLock { $0.damage.append(error) }
        } catch let error as ObjectStoreError where error.code == .notFound {
            // A prune, or who makes the index anew, has deleted it since it was listed.
        }
    }

    private func add(_ segment: [UInt8], subject: String, _ inventory: PackInventory) throws {
        // Whole before it counts: a segment that is damaged tells nothing.
        let blocks = try IndexSegment.decode(segment, subject: subject) { _, _, _, _ in }
        try state.withLock { state in
            let places = try blocks.map { block in
                // The index tells of chunks only.
                try block.kind == .chunks && inventory.holdsChunks(in: block) ? state.table.add(block) : nil
            }
            _ = try IndexSegment.decode(segment, subject: subject) { id, block, offset, length in
                if let place = places[block] { state.table.insert(id, block: place, offset: offset, length: length) }
            }
        }
    }

    /// Why segments were passed over.
    var damage: [RepositoryError] { state.withLock { $0.damage } }

    func location(of id: RecordID) -> RecordLocation? { state.withLock { $0.table.location(of: id) } }

    /// Takes note of the records of a block that was just placed.
    func place(_ block: RawBlock, at location: BlockLocation) {
        state.withLock { state in
            let place = state.table.add(location)
            var offset = 0
            for record in block.records {
                state.table.insert(record.id, block: place, offset: UInt32(offset), length: UInt32(record.length))
                offset += record.length
            }
        }
    }

    /// Stores what was added, up to the first record whose pack is not stored, for later backups: those also that come
    /// after one that was cut off.
    ///
    /// - Parameter packs: Those that were added and are stored.
    /// - Returns: The bytes and the number of objects that it wrote.
    func store(packs: Set<PackID>) async throws -> (bytes: Int, objects: Int) {
        var written = (bytes: 0, objects: 0)
        while let segment = nextSegment(packs) {
            written = (written.bytes + (try await segment.store(in: store, keys: keys, cached)), written.objects + 1)
        }
        return written
    }

    private func nextSegment(_ packs: Set<PackID>) -> IndexSegment? {
        state.withLock { state in
            var records: [(id: RecordID, location: RecordLocation)] = []
            while state.storedCount < state.table.count, records.count < Self.segmentRecords {
                let record = state.table.record(at: state.storedCount)
                guard packs.contains(record.location.block.pack) else { break }
                records.append(record)
                state.storedCount += 1
            }
            return records.isEmpty ? nil : IndexSegment(records: records)
        }
    }
}
