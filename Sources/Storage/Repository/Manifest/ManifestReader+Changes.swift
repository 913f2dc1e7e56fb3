extension ManifestReader {
    /// The entries of a manifest beside those of an earlier one.
    private struct ChangeWalk: ReadingWalk {
        var walk: ManifestWalk
        var earlier: ManifestCursor?

        mutating func next() async throws -> ReadingStep? {
            switch try await walk.next(where: { _ in true }) {
            case nil: nil
            case .damage(let damage, let error): .damage(damage, error)
            case .entry(let entry): .entry(entry, isRead: try await !isSame(entry))
            }
        }

        private mutating func isSame(_ entry: ManifestEntry) async throws -> Bool {
            guard var cursor = earlier else { return false }
            do {
                while let other = cursor.current, other.key.isBefore(entry.key) { try await cursor.advance() }
            } catch let error as RepositoryError where error.code == .damaged {
                // What cannot be compared is read.
                earlier = nil
                return false
            }
            earlier = cursor
            return cursor.current.map { $0.key == entry.key && $0.id == entry.id } ?? false
        }
    }

    /// Walks over all entries in the order of their keys, and reads the records that an earlier manifest has not.
    ///
    /// - Parameters:
    ///   - earlier: Of the same repository; `nil` reads every record.
    ///   - width: As many requests read at once.
    ///   - onDamage: Told of what cannot be read, as by ``forEachRecord(prefix:where:onDamage:_:)``.
    ///   - body: Gets each entry with its record, or with `nil` when `earlier` has the same record under the same key.
    func forEachChange(
        since earlier: ManifestReader?,
        width: Int,
        onDamage: (ManifestDamage, RepositoryError) async throws -> Void,
        _ body: (ManifestEntry, ArraySlice<UInt8>?) async throws -> Void
    ) async throws {
        var cursor: ManifestCursor?
        do {
            cursor = earlier?.makeCursor(passesDamage: false)
            try await cursor?.seek(to: [])
        } catch let error as RepositoryError where error.code == .damaged {
            // Then everything is read.
            cursor = nil
        }
        let walk = ChangeWalk(walk: try await self.walk(prefix: []), earlier: cursor)
        try await forEachEntry(of: walk, width: width, onDamage: onDamage, body)
    }
}
