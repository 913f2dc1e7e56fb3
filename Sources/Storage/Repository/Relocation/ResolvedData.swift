import Concurrency
import ObjectStore

/// What backups refer to, with the places in which it lies now.
struct ResolvedData: Sendable {
    /// By the names that backups have for it, and, behind relocations, by where it lies now: both.
    private(set) var live: LiveData
    /// The relocations that can be read.
    private let relocations: [PackID: Relocation]
    /// Packs whose relocation has all that backups need of them.
    private(set) var complete: Set<PackID> = []
    /// How long the way is to what lies in a pack behind relocations.
    private(set) var hops: [PackID: Int] = [:]
    private let sizes: [PackID: Int]

    /// - Parameters:
    ///   - live: By the names that backups have for it.
    ///   - relocations: All of them, as far as they can be read.
    ///   - packs: What there is.
    init(_ live: LiveData, _ relocations: [PackID: Relocation], packs: [ListedPack]) {
        self.live = live
        self.relocations = relocations
        sizes = Dictionary(packs.lazy.map { ($0.id, $0.sizeInBytes) }) { first, _ in first }
        var queue = relocations.keys.filter(live.contains)
        // Ends: what is put somewhere is put there once.
        while let pack = queue.popLast() { queue += resolve(pack) }
    }

    /// - Returns: Packs that were relocated themselves, and hold more now.
    private mutating func resolve(_ pack: PackID) -> Set<PackID> {
        guard let relocation = relocations[pack], let blocks = live.packs[pack] else { return [] }
        var isComplete = true
        var further: Set<PackID> = []
        for (block, records) in blocks {
            guard let entry = relocation.entry(for: block), isThere(entry.new) else {
                isComplete = false
                continue
            }
            var moved: [LiveData.Record] = []
            for record in records {
                guard let offset = entry.place(ofRecordAt: record.offset, length: record.length) else {
                    isComplete = false
                    continue
                }
                if record.length > 0 { moved.append(record.moved(to: offset)) }
            }
            let way = (hops[pack] ?? 0) + 1
            let isFarther = way > hops[entry.new.pack] ?? 0 && way <= RelocationTable.mostHops
            if isFarther { hops[entry.new.pack] = way }
            let isMore = live.insert(moved, of: entry.new)
            if isMore || isFarther, relocations[entry.new.pack] != nil { further.insert(entry.new.pack) }
        }
        if isComplete { complete.insert(pack) } else { complete.remove(pack) }
        return further
    }

    /// Whether a block lies there, or was relocated itself, as far as lists tell.
    private func isThere(_ block: BlockLocation) -> Bool {
        if relocations[block.pack] != nil { return true }
        return sizes[block.pack].map { block.offset + UInt64(block.storedLength) <= UInt64($0) } ?? false
    }

    /// The relocations that name a pack, each by the pack that it is of.
    func names() -> [PackID: Set<PackID>] {
        var names: [PackID: Set<PackID>] = [:]
        for relocation in relocations.values {
            for target in relocation.targets { names[target, default: []].insert(relocation.pack) }
        }
        return names
    }

    func relocation(of pack: PackID) -> Relocation? { relocations[pack] }
}

extension Repository {
    /// Reads relocations.
    ///
    /// - Parameter onDamage: Told of those that cannot be read.
    /// - Returns: Those that can, unless they have been deleted.
    func readRelocations(
        _ listed: [ListedPack],
        onDamage: @escaping @Sendable (PackID, RepositoryError) throws -> Void
    ) async throws -> [PackID: Relocation] {
        var relocations: [PackID: Relocation] = [:]
        for batch in listed.batches(of: 64) {
            let read = try await batch.concurrentMap(width: 8) { listed -> Relocation? in
                do {
                    return try await RelocationTable.read(listed.id, from: store, keys: keys)
                } catch let error as RepositoryError where error.code == .damaged {
                    try onDamage(listed.id, error)
                    return nil
                }
            }
            for case let relocation? in read { relocations[relocation.pack] = relocation }
        }
        return relocations
    }
}
