import ObjectStore
import Synchronization

/// Says where every content-defined chunk of the repository lies.
///
/// Objects and pages need no index: the parent's manifest knows them by their place. A chunk may turn up anywhere.
final class ChunkIndex: Sendable {
    private struct State {
        var locations: [RecordID: RecordLocation] = [:]
        var added: [(id: RecordID, location: RecordLocation)] = []
        var damage: [RepositoryError] = []
    }

    static let prefix = "index/0/"

    private let store: any ObjectStore
    private let keys: RepositoryKeys
    private let state = Mutex(State())

    private init(store: any ObjectStore, keys: RepositoryKeys) {
        self.store = store
        self.keys = keys
    }

    /// Reads all segments of the repository.
    ///
    /// The index only saves writing chunks again: a damaged segment is passed over, and so are chunks whose packs are
    /// damaged or gone.
    static func load(
        from store: any ObjectStore,
        keys: RepositoryKeys,
        _ inventory: PackInventory
    ) async throws -> ChunkIndex {
        let index = ChunkIndex(store: store, keys: keys)
        try await store.list(prefix: prefix) { objects in
            for object in objects {
                do {
                    let payload = try await Envelope.read(object.key, from: store, keys: keys)
                    let segment = try IndexSegment.decode(payload, subject: "Index segment '\(object.key)'")
                    try index.add(segment, inventory)
                } catch let error as RepositoryError where error.code == .damaged {
                    index.state.withLock { $0.damage.append(error) }
                }
            }
        }
        return index
    }

    private func add(_ segment: IndexSegment, _ inventory: PackInventory) throws(DamagedParentError) {
        for record in segment.records where try inventory.holds(record.location.block) {
            state.withLock { $0.locations[record.id] = record.location }
        }
    }

    /// Why segments were passed over.
    var damage: [RepositoryError] { state.withLock { $0.damage } }

    func location(of id: RecordID) -> RecordLocation? { state.withLock { $0.locations[id] } }

    /// Takes note of the records of a block that was just placed.
    func add(_ block: RawBlock, at location: BlockLocation) {
        state.withLock { state in
            var offset = 0
            for record in block.records {
                let place = RecordLocation(block: location, offset: UInt32(offset), length: UInt32(record.length))
                offset += record.length
                if state.locations.updateValue(place, forKey: record.id) == nil {
                    state.added.append((record.id, place))
                }
            }
        }
    }

    /// Stores what was added, for later backups; called once the packs are stored.
    ///
    /// - Returns: The bytes and the number of objects that it wrote.
    func store() async throws -> (bytes: Int, objects: Int) {
        var rest = state.withLock { $0.added }[...]
        var written = (bytes: 0, objects: 0)
        while !rest.isEmpty {
            let segment = IndexSegment(records: Array(rest.prefix(FormatLimits.segmentRecords)))
            rest = rest.dropFirst(FormatLimits.segmentRecords)
            written = (written.bytes + (try await segment.store(in: store, keys: keys)), written.objects + 1)
        }
        return written
    }
}
