import ObjectStore
import Synchronization

/// The packs that the store has as a backup begins: only what they hold may be referred to without being written again.
final class PackInventory: Sendable {
    private struct Pack: Sendable {
        let id: RawID
        let sizeInBytes: Int
    }

    /// 16 bytes without an allocation of their own: there may be a million packs.
    private struct RawID: Comparable {
        let high: UInt64
        let low: UInt64

        init(_ id: PackID) {
            high = id.bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
            low = id.bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
        }

        static func < (left: RawID, right: RawID) -> Bool { (left.high, left.low) < (right.high, right.low) }
    }

    /// In the order of their ids, as they are listed.
    private let packs: [Pack]
    private let distrusted: Set<PackID>
    private let location: String
    /// Packs that were asked for and cannot be used.
    private let damaged = Mutex<Set<PackID>>([])

    private init(packs: [Pack], distrusted: Set<PackID>, location: String) {
        self.packs = packs
        self.distrusted = distrusted
        self.location = location
    }

    /// Nothing is stored: for a backup that builds on nothing.
    static func empty(_ store: any ObjectStore) -> PackInventory {
        PackInventory(packs: [], distrusted: [], location: store.location)
    }

    /// Lists the packs of a store: one request for each 1,000.
    ///
    /// - Parameter distrusted: Packs that are known to be damaged, whatever the list says.
    static func load(from store: any ObjectStore, distrusting distrusted: Set<PackID>) async throws -> PackInventory {
        var packs: [Pack] = []
        try await store.list(prefix: PackID.prefix) { objects in
            for object in objects {
                guard let id = PackID(key: object.key) else { continue }
                packs.append(Pack(id: RawID(id), sizeInBytes: object.sizeInBytes))
            }
        }
        return PackInventory(packs: packs, distrusted: distrusted, location: store.location)
    }

    /// Whether a block is stored, as far as can be said without reading it.
    ///
    /// - Throws: ``DamagedParentError`` when its pack is shorter than it was, and was trusted so far.
    func holds(_ block: BlockLocation) throws(DamagedParentError) -> Bool {
        guard !distrusted.contains(block.pack), let size = sizeInBytes(of: block.pack) else {
            damaged.withLock { _ = $0.insert(block.pack) }
            return false
        }
        guard block.offset + UInt64(block.storedLength) <= UInt64(size) else {
            throw DamagedParentError(manifest: nil, pack: block.pack, cause: cutOff(block, size))
        }
        return true
    }

    /// Sees to it that a page of a parent's manifest is stored, as far as can be said without reading it.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged``.
    func check(_ page: BlockLocation) throws(RepositoryError) {
        guard let size = sizeInBytes(of: page.pack) else { throw .missing(page.pack, in: location) }
        guard page.offset + UInt64(page.storedLength) <= UInt64(size) else { throw cutOff(page, size) }
        guard !distrusted.contains(page.pack) else {
            throw RepositoryError(.damaged, "Pack \(page.pack) is damaged.")
        }
    }

    private func cutOff(_ block: BlockLocation, _ size: Int) -> RepositoryError {
        RepositoryError(
            .damaged,
            "Pack \(block.pack) is damaged: '\(block.pack.key)' in '\(location)' was cut off after \(size) bytes."
        )
    }

    private func sizeInBytes(of pack: PackID) -> Int? {
        let id = RawID(pack)
        var low = 0
        var high = packs.count
        while low < high {
            let middle = (low + high) / 2
            if packs[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < packs.count && packs[low].id == id ? packs[low].sizeInBytes : nil
    }

    /// What is to be told of the packs that cannot be used; `nil` when there were none.
    var warning: String? {
        let names = damaged.withLock { $0.map(\.description).sorted() }
        guard !names.isEmpty else { return nil }
        let shown = names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        let more = names.count > 5 ? " and \(names.count - 5) more" : ""
        let packs = names.count == 1 ? "The pack \(shown) is" : "The packs \(shown)\(more) are"
        return
            "\(packs) missing from '\(location)' or damaged. What this backup needs of that was written again; earlier "
            + "backups that need it cannot be restored whole."
    }
}
