package import Foundation
package import ObjectStore

/// The key slots of a repository, for the holder of one of its keys.
///
/// Every slot seals the same master key, which never changes: who once opened the repository, and kept what it learnt,
/// needs no slot any more. A change is one compare and swap of the object `root`, made again on what is there when
/// somebody else was first.
package struct KeySlots: Sendable {
    private let store: any ObjectStore
    /// Opens the repository.
    private let key: RepositoryKey

    /// As often as others may be first, one after the other.
    private static let attempts = 20

    package init(store: any ObjectStore, key: RepositoryKey) {
        self.store = store
        self.key = key
    }

    /// A slot, as far as its holder matters.
    package struct Listed: Sendable {
        package let slot: KeySlot
        /// Whether the key at hand opens it.
        package let isOpened: Bool
    }

    /// All slots, in the order in which they were made.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/wrongKey`` when the key opens none of them.
    package func list() async throws -> [Listed] {
        let root = try await Repository.root(of: store).root
        _ = try root.open(with: key, location: store.location)
        return try root.slots.map { slot in
            Listed(slot: slot, isOpened: try slot.open(with: key, repositoryID: root.repositoryID) != nil)
        }
    }

    /// Adds a slot for another key.
    ///
    /// - Returns: The new slot.
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/slotRefused`` when `newKey` opens the repository
    ///   already, or there are as many slots as there can be.
    package func add(_ newKey: RepositoryKey, label: String?, at date: Date) async throws -> KeySlot {
        let root = try await Repository.root(of: store).root
        let slot = try makeSlot(newKey, label: label, at: date, in: root)
        try await change(addingSlot: slot) { root in
            if let known = try root.slots.first(where: { try isOpened($0, by: newKey, in: root) }) {
                throw RepositoryError(.slotRefused, "Key slot \(known.id) is opened by that key or passphrase already.")
            }
            guard root.slots.count < FormatLimits.keySlots else {
                throw RepositoryError(
                    .slotRefused,
                    "The repository at '\(store.location)' has \(root.slots.count) key slots, and can have no more. Remove "
                        + "one first."
                )
            }
            root.slots.append(slot)
        }
        return slot
    }

    /// The slot that ``remove(_:isForced:)`` would remove now.
    ///
    /// - Throws: As that does.
    package func removable(_ id: String, isForced: Bool) async throws -> Listed {
        var root = try await Repository.root(of: store).root
        _ = try root.open(with: key, location: store.location)
        let slot = try take(id, isForced: isForced, from: &root)
        return Listed(slot: slot, isOpened: try isOpened(slot, by: key, in: root))
    }

    /// Removes a slot.
    ///
    /// - Parameters:
    ///   - id: The slot's id, or enough of its start to tell it from the others.
    ///   - isForced: Whether the slots that stay may be such that the key at hand opens none of them.
    /// - Returns: The slot that was removed.
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/slotNotFound`` or
    ///   ``RepositoryError/Code/slotRefused``.
    package func remove(_ id: String, isForced: Bool) async throws -> KeySlot {
        try await change { root in try take(id, isForced: isForced, from: &root) }
    }

    /// Puts a slot for a new key in the place of the one that the key at hand opens.
    ///
    /// - Parameter newKey: Of the same kind. It must be safe already: it alone opens the repository from then on.
    /// - Returns: The slot that is gone, and the one in its place.
    package func rotate(
        to newKey: RepositoryKey,
        at date: Date
    ) async throws -> (old: KeySlot, new: KeySlot) {
        let root = try await Repository.root(of: store).root
        let slot = try makeSlot(newKey, label: try used(in: root).label, at: date, in: root)
        let old = try await change(addingSlot: slot) { root in
            let old = try used(in: root)
            guard let place = root.slots.firstIndex(where: { $0.id == old.id }) else {
                preconditionFailure("the slot was just found there")
            }
            root.slots[place] = slot
            return old
        }
        return (old, slot)
    }

    // MARK: - One change

    /// Reads the root, changes it, and swaps it; from the start when somebody else was first.
    ///
    /// - Parameter slot: What `body` adds: when it is there, the change was made, whatever the store said.
    private func change<Result>(addingSlot slot: KeySlot? = nil, _ body: (inout RepositoryRoot) throws -> Result)
        async throws -> Result
    {
        var last: (any Error)?
        for _ in 0..<Self.attempts {
            var (root, version) = try await Repository.root(of: store)
            let opened = try root.open(with: key, location: store.location)
            let result = try body(&root)
            let bytes = try root.encoded(keys: opened.keys)
            do {
                try await store.put(bytes, at: Repository.rootKey, if: .matches(version))
            } catch let error as ObjectStoreError where error.code == .conflict || error.code == .notFound {
                last = error
                continue
            } catch {
                guard let slot, try await isThere(slot, after: error) else { throw error }
                return result
            }
            // A store that knows no conditions may have let somebody else overwrite it.
            guard let slot else { return result }
            if try await Repository.root(of: store).root.slots.contains(where: { $0.id == slot.id }) { return result }
        }
        throw last
            ?? RepositoryError(
                .slotRefused,
                "The object 'root' of the repository at '\(store.location)' is changed by somebody else again and again. "
                    + "Try again later."
            )
    }

    /// Whether a slot was added although the store reported an error: its answer may have been lost.
    private func isThere(_ slot: KeySlot, after error: any Error) async throws -> Bool {
        guard let root = try? await Repository.root(of: store).root else { throw error }
        return root.slots.contains { $0.id == slot.id }
    }

    private func makeSlot(
        _ newKey: RepositoryKey,
        label: String?,
        at date: Date,
        in root: RepositoryRoot
    ) throws -> KeySlot {
        let master = try root.open(with: key, location: store.location).master
        return try KeySlot.make(for: newKey, label: label, master: master, repositoryID: root.repositoryID, at: date)
    }

    private func isOpened(_ slot: KeySlot, by key: RepositoryKey, in root: RepositoryRoot) throws -> Bool {
        try slot.open(with: key, repositoryID: root.repositoryID) != nil
    }

    /// The slot that the key at hand opens.
    private func used(in root: RepositoryRoot) throws -> KeySlot {
        if let slot = try root.slots.first(where: { try isOpened($0, by: key, in: root) }) { return slot }
        _ = try root.open(with: key, location: store.location)
        preconditionFailure("a root that opens has a slot that does")
    }

    private func take(_ id: String, isForced: Bool, from root: inout RepositoryRoot) throws -> KeySlot {
        let place = try find(id, in: root)
        let removed = root.slots.remove(at: place)
        guard !root.slots.isEmpty else {
            throw RepositoryError(
                .slotRefused,
                "Key slot \(removed.id) is the only one of the repository at '\(store.location)': without it nobody "
                    + "could read the backups. Add another first."
            )
        }
        guard try isForced || root.slots.contains(where: { try isOpened($0, by: key, in: root) }) else {
            throw RepositoryError(
                .slotRefused,
                "Key slot \(removed.id) is the one that the key at hand opens; the others it does not. Open the "
                    + "repository with another key to remove it, or say --force when you have another."
            )
        }
        return removed
    }

    private func find(_ id: String, in root: RepositoryRoot) throws(RepositoryError) -> Int {
        let found = root.slots.indices.filter { !id.isEmpty && root.slots[$0].id.hasPrefix(id) }
        guard let place = found.first else {
            throw RepositoryError(
                .slotNotFound,
                "The repository at '\(store.location)' has no key slot '\(id)'. 'kbackup repo key list' shows what there "
                    + "is."
            )
        }
        guard found.count == 1 else {
            throw RepositoryError(
                .slotRefused,
                "'\(id)' is the start of \(found.count) key slots. Give more of the id."
            )
        }
        return place
    }
}
