extension ManifestReader {
    /// Reads the records under all keys that start with `prefix` and that `isSelected` takes, in the order of keys.
    ///
    /// Blocks are read in few ranged requests and ahead of `body`, within a bound of memory.
    ///
    /// - Parameters:
    ///   - prefix: Empty reads everything.
    ///   - isSelected: Says by its key whether an entry is wanted; blocks without a wanted one are not read.
    ///   - onDamage: Told, in the order of keys, of each record that cannot be read, of each page of the manifest that
    ///     cannot be read and has keys with the prefix, and of the entries that are doubtful by it. All others are
    ///     delivered, unless it throws, which it does by itself.
    ///   - body: Gets each entry and its record, one after the other.
    /// - Throws: What `body` and `onDamage` throw; `ObjectStoreError` when the store fails otherwise than by having lost
    ///   or damaged an object.
    package func forEachRecord(
        prefix: ManifestKey = [],
        where isSelected: @escaping @Sendable (ManifestKey) -> Bool = { _ in true },
        onDamage: (ManifestDamage, RepositoryError) async throws -> Void = { throw $1 },
        _ body: (ManifestEntry, ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        try await forEachEntry(prefix: prefix, where: isSelected, reading: { _ in true }, onDamage: onDamage) {
            entry,
            record in
            guard let record else { preconditionFailure("every record is read") }
            try await body(entry, record)
        }
    }

    /// Walks over the entries under all keys that start with `prefix` and that `isSelected` takes, in the order of keys,
    /// and reads the records of some, as ``forEachRecord(prefix:where:onDamage:_:)`` does.
    ///
    /// - Parameters:
    ///   - isRead: Says by its key whether the record of an entry is wanted.
    ///   - body: Gets each entry, and its record when that is wanted.
    package func forEachEntry(
        prefix: ManifestKey = [],
        where isSelected: @escaping @Sendable (ManifestKey) -> Bool = { _ in true },
        reading isRead: @escaping @Sendable (ManifestKey) -> Bool,
        onDamage: (ManifestDamage, RepositoryError) async throws -> Void = { throw $1 },
        _ body: (ManifestEntry, ArraySlice<UInt8>?) async throws -> Void
    ) async throws {
        let walk = SelectedWalk(walk: try await walk(prefix: prefix), isSelected: isSelected, isRead: isRead)
        try await forEachEntry(of: walk, width: 4, onDamage: onDamage, body)
    }

    /// The entries that keys select, and the records that keys want.
    private struct SelectedWalk: ReadingWalk {
        var walk: ManifestWalk
        let isSelected: @Sendable (ManifestKey) -> Bool
        let isRead: @Sendable (ManifestKey) -> Bool

        mutating func next() async throws -> ReadingStep? {
            switch try await walk.next(where: isSelected) {
            case nil: nil
            case .damage(let damage, let error): .damage(damage, error)
            case .entry(let entry): .entry(entry, isRead: isRead(entry.key))
            }
        }
    }
}
