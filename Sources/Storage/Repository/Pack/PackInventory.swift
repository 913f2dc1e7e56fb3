import Foundation
import ObjectStore
import Synchronization

/// The packs that the store has as a backup begins: only what they hold may be referred to without being written again.
final class PackInventory: Sendable {
    private struct State {
        /// Packs that were asked for and cannot be used.
        var damaged: Set<PackID> = []
        /// By the place in the list: whether the backup refers to the pack.
        var isUsed: [Bool]
        /// By the place in the list: until when a pack that is used is known to be kept from deletion, in seconds since
        /// 1970.
        var retained: [Int: Double] = [:]
        /// The same of packs that were written anew, and are used.
        var relocated: [PackID: Double] = [:]
    }

    /// In the order of their ids, as they are listed.
    private let packs: [ListedPack]
    private let distrusted: Set<PackID>
    /// Packs that a prune is about to delete.
    private let condemned: Set<PackID>
    /// Packs that are known to be spoilt in part: what a parent refers to in them is in order, as far as anybody knows.
    private let spoilt: Set<PackID>
    /// Packs that a prune has written anew: there is only what their relocations name.
    private let relocated: Set<PackID>
    private let relocations: RelocationTable?
    /// Whether `packs` were listed for this backup: then packs that relocations name must be there.
    private let isNew: Bool
    private let location: String
    private let state: Mutex<State>

    /// - Parameters:
    ///   - packs: In the order of their ids.
    ///   - distrusted: Packs that are known to be damaged, whatever the list says.
    ///   - marks: Of packs that a prune is about to delete: they count as gone, but for what has another place; and of
    ///     packs that are spoilt in part.
    ///   - relocated: Packs that are known to have a relocation, beside those that have a mark.
    ///   - relocations: Finds what has another place; `nil` where nothing has.
    ///   - isNew: Whether `packs` were listed for this backup.
    init(
        _ packs: [ListedPack],
        of store: any ObjectStore,
        distrusting distrusted: Set<PackID> = [],
        marks: [PackID: TombstoneStore.Listed] = [:],
        relocated: Set<PackID> = [],
        _ relocations: RelocationTable? = nil,
        isNew: Bool = true
    ) {
        self.packs = packs
        self.distrusted = distrusted
        self.relocations = relocations
        self.isNew = isNew
        condemned = Set(marks.values.lazy.filter(\.isCondemned).map(\.pack))
        spoilt = Set(marks.values.lazy.filter { $0.state == .distrusted }.map(\.pack))
        self.relocated = relocated.union(marks.values.lazy.filter(\.isRelocated).map(\.pack))
        location = store.location
        state = Mutex(State(isUsed: Array(repeating: false, count: packs.count)))
    }

    /// Nothing is stored: for a backup that builds on nothing.
    static func empty(_ store: any ObjectStore) -> PackInventory { PackInventory([], of: store) }

    /// Lists the packs of a store: one request for each 1,000.
    ///
    /// - Parameters: As of ``init(_:of:distrusting:marks:relocated:_:isNew:)``.
    static func load(
        from store: any ObjectStore,
        distrusting distrusted: Set<PackID>,
        marks: [PackID: TombstoneStore.Listed] = [:],
        _ relocations: RelocationTable? = nil
    ) async throws -> PackInventory {
        let list = try await PackList(of: store)
        return PackInventory(
            list.packs,
            of: store,
            distrusting: distrusted,
            marks: marks,
            relocated: Set(list.relocations.lazy.map(\.id)),
            relocations
        )
    }

    /// Whether a record that an earlier backup refers to is stored, there or in another place, as far as can be said
    /// without reading it.
    ///
    /// - Throws: ``DamagedParentError`` as ``holds(_:)``; `ObjectStoreError` when a relocation cannot be read.
    func isStored(_ record: RecordLocation, hops: Int = 0) async throws -> Bool {
        let pack = record.block.pack
        guard !condemned.contains(pack), let relocation = try await relocation(of: pack) else {
            return try holds(record.block)
        }
        guard hops < RelocationTable.mostHops, let entry = relocation.entry(for: record.block),
            let offset = entry.place(ofRecordAt: record.offset, length: record.length)
        else { return false }
        if !isNew { return true }
        return try await isStored(
            RecordLocation(block: entry.new, offset: offset, length: record.length),
            hops: hops + 1
        )
    }

    /// Where the blocks of a pack are now; `nil` when they are where they were, or nowhere.
    private func relocation(of pack: PackID) async throws -> Relocation? {
        guard relocated.contains(pack) || place(of: pack) == nil else { return nil }
        do {
            return try await relocations?.relocation(of: pack)
        } catch let error as RepositoryError where error.code == .damaged {
            return nil
        }
    }

    /// Whether a block is stored in its place, as far as can be said without reading it.
    ///
    /// - Throws: ``DamagedParentError`` when its pack is shorter than it was, and was trusted so far.
    func holds(_ block: BlockLocation) throws(DamagedParentError) -> Bool {
        if condemned.contains(block.pack) || relocated.contains(block.pack) { return false }
        guard !distrusted.contains(block.pack), let place = place(of: block.pack) else {
            state.withLock { _ = $0.damaged.insert(block.pack) }
            return false
        }
        let size = packs[place].sizeInBytes
        guard block.offset + UInt64(block.storedLength) <= UInt64(size) else {
            throw DamagedParentError(manifest: nil, pack: block.pack, cause: cutOff(block, size))
        }
        return true
    }

    /// Whether chunks that the index has in a block may be referred to, as far as can be said without reading it.
    ///
    /// A pack that is not there need not be lost: segments of the index go on naming those that a prune has deleted.
    ///
    /// - Throws: As ``holds(_:)``.
    func holdsChunks(in block: BlockLocation) throws(DamagedParentError) -> Bool {
        if spoilt.contains(block.pack) || place(of: block.pack) == nil { return false }
        return try holds(block)
    }

    /// Whether it was known from the start that the pack is spoilt, at least in part.
    func isDistrusted(_ pack: PackID) -> Bool { spoilt.contains(pack) || distrusted.contains(pack) }

    func contains(_ pack: PackID) -> Bool { place(of: pack) != nil }

    /// Takes note that the backup refers to a block; those of packs that it wrote itself need not be told.
    ///
    /// - Parameter retainedUntil: Until when the pack is known to be kept from deletion, if anything is known of that.
    func use(_ block: BlockLocation, retainedUntil: Date? = nil) {
        let end = retainedUntil?.timeIntervalSince1970
        guard let place = place(of: block.pack), !relocated.contains(block.pack) else {
            guard relocations != nil else { return }
            state.withLock { $0.relocated[block.pack] = max($0.relocated[block.pack] ?? 0, end ?? 0) }
            return
        }
        state.withLock { state in
            state.isUsed[place] = true
            guard let end else { return }
            state.retained[place] = max(state.retained[place] ?? 0, end)
        }
    }

    /// The used packs, each with until when it is known to be kept, in seconds since 1970.
    var usedRetentions: [(pack: PackID, retainedUntil: Double)] {
        state.withLock { state in
            packs.indices.filter { state.isUsed[$0] }.map { (packs[$0].id, state.retained[$0] ?? 0) }
        }
    }

    /// The packs that were there before, and that the backup refers to.
    var usedPacks: [PackID] {
        state.withLock { state in zip(packs, state.isUsed).compactMap { $1 ? $0.id : nil } }
    }

    /// The packs that were written anew, and that the backup refers to, each with until when what it needs of it is known
    /// to be kept, in seconds since 1970.
    var usedRelocated: [PackID: Double] { state.withLock { $0.relocated } }

    /// Sees to it that a page of a parent's manifest is stored, as far as can be said without reading it, and takes note
    /// that the backup may refer to it.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged``; `ObjectStoreError`.
    func check(_ page: BlockLocation, hops: Int = 0) async throws {
        guard !condemned.contains(page.pack) else { throw RepositoryError.condemned(page.pack, in: location) }
        if hops < RelocationTable.mostHops, let relocation = try await relocation(of: page.pack) {
            guard let entry = relocation.entry(for: page) else {
                throw RepositoryError.missing(page.pack, in: location)
            }
            if isNew { try await check(entry.new, hops: hops + 1) }
            return use(page)
        }
        guard let place = place(of: page.pack) else { throw RepositoryError.missing(page.pack, in: location) }
        let size = packs[place].sizeInBytes
        guard page.offset + UInt64(page.storedLength) <= UInt64(size) else { throw cutOff(page, size) }
        guard !distrusted.contains(page.pack) else {
            throw RepositoryError(.damaged, "Pack \(page.pack) is damaged.")
        }
        state.withLock { $0.isUsed[place] = true }
    }

    private func cutOff(_ block: BlockLocation, _ size: Int) -> RepositoryError {
        RepositoryError(
            .damaged,
            "Pack \(block.pack) is damaged: '\(block.pack.key)' in '\(location)' was cut off after \(size) bytes."
        )
    }

    private func place(of pack: PackID) -> Int? {
        let place = packs.indices.partitionPoint { packs[$0].id < pack }
        return place < packs.count && packs[place].id == pack ? place : nil
    }

    /// What is to be told of the packs that cannot be used; `nil` when there were none.
    var warning: String? {
        let names = state.withLock { $0.damaged.map(\.description).sorted() }
        guard !names.isEmpty else { return nil }
        let shown = names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        let more = names.count > 5 ? " and \(names.count - 5) more" : ""
        let packs = names.count == 1 ? "The pack \(shown) is" : "The packs \(shown)\(more) are"
        return
            "\(packs) missing from '\(location)' or damaged. What this backup needs of that was written again; earlier "
            + "backups that need it cannot be restored whole."
    }
}
