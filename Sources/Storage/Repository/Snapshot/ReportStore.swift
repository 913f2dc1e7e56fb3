import ObjectStore

/// Reports of restores: small sealed documents, `restores/<cluster>/<name>`, that outlive the machine they were made on.
package struct ReportStore: Sendable {
    private static let prefix = "restores/"

    let store: any ObjectStore
    let keys: RepositoryKeys

    private static func key(_ name: SnapshotName) -> ObjectKey { ObjectKey("\(prefix)\(name.cluster)/\(name.name)") }

    /// Every report, sorted by cluster and name.
    package func list() async throws -> [SnapshotStore.Listed] {
        try await store.list(prefix: Self.prefix).compactMap { object in
            let parts = object.key.rawValue.split(separator: "/")
            guard parts.count == 3 else { return nil }
            return SnapshotStore.Listed(
                name: SnapshotName(cluster: String(parts[1]), name: String(parts[2])),
                stat: object
            )
        }
    }

    package func exists(_ name: SnapshotName) async throws -> Bool { try await store.stat(Self.key(name)) != nil }

    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/nameTaken`` when there is a report of that name.
    package func write(_ report: [UInt8], named name: SnapshotName) async throws {
        let key = Self.key(name)
        let bytes = try Envelope.seal(report, named: key.rawValue, keys: keys)
        do {
            try await store.put(bytes, at: key, if: .absent)
        } catch let error as ObjectStoreError where error.code == .conflict {
            throw RepositoryError(.nameTaken, "There is a restore '\(name.name)' already in '\(store.location)'.")
        }
    }

    package func read(_ name: SnapshotName) async throws -> [UInt8] {
        let key = Self.key(name)
        do {
            return try Envelope.open(try await store.get(key), named: key.rawValue, keys: keys)
        } catch let error as ObjectStoreError where error.code == .notFound {
            throw RepositoryError(
                .backupNotFound,
                "There is no restore '\(name.name)' in '\(store.location)'. 'kbackup restore get' lists what there is."
            )
        }
    }
}
