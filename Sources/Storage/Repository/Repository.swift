package import Chunking
package import Foundation
package import ObjectStore

/// Backups of many clusters in one object store: deduplicated, compressed, encrypted.
///
/// A value of this type is an opened repository: it holds the keys. `docs/format.md` describes every object in the store.
package struct Repository: Sendable {
    package static let rootKey = ObjectKey("root")

    package let store: any ObjectStore
    package let id: RepositoryID
    package let snapshots: SnapshotStore
    package let restores: ReportStore

    let keys: RepositoryKeys
    let reader: PackReader
    let pageCache = ManifestPageCache()

    private init(store: any ObjectStore, id: RepositoryID, keys: RepositoryKeys) {
        self.store = store
        self.id = id
        self.keys = keys
        snapshots = SnapshotStore(store: store, keys: keys)
        restores = ReportStore(store: store, keys: keys)
        reader = PackReader(store: store, keys: keys)
    }

    /// Makes a new repository in an empty location.
    ///
    /// - Parameters:
    ///   - store: Where.
    ///   - key: Opens it from now on.
    ///   - date: Now.
    /// - Throws: As ``checkIsFree(_:)``.
    package static func create(in store: any ObjectStore, key: RepositoryKey, at date: Date) async throws -> Repository
    {
        try await checkIsFree(store)
        let id = RepositoryID()
        let master = MasterKey()
        let keys = master.keys(repositoryID: id)
        let root = RepositoryRoot(
            repositoryID: id,
            createdAt: date,
            slots: [try KeySlot.make(for: key, master: master, repositoryID: id, at: date)]
        )
        do {
            try await store.put(try root.encoded(keys: keys), at: rootKey, if: .absent)
        } catch let error as ObjectStoreError where error.code == .conflict {
            throw RepositoryOccupancy.exists(in: store)
        }
        return Repository(store: store, id: id, keys: keys)
    }

    /// Opens the repository at a location.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/notFound``, ``RepositoryError/Code/otherFormat``,
    ///   ``RepositoryError/Code/wrongKey`` or ``RepositoryError/Code/damaged``.
    package static func open(_ store: any ObjectStore, key: RepositoryKey) async throws -> Repository {
        let bytes: [UInt8]
        do {
            bytes = try await store.get(rootKey, limit: FormatLimits.root)
        } catch let error as ObjectStoreError where error.code == .corrupted {
            throw RepositoryRoot.damaged(at: store.location)
        } catch let error as ObjectStoreError where error.code == .notFound {
            switch try await RepositoryOccupancy(of: store) {
            case .rootLost(let example): throw RepositoryOccupancy.rootLost(example, in: store)
            case .foreign(let example):
                throw RepositoryError(
                    .otherFormat,
                    "There is no kbackup repository at '\(store.location)', but something else: '\(example)'. "
                        + "Check the location."
                )
            case .free, .repository: break
            }
            throw RepositoryError(
                .notFound,
                "There is no kbackup repository at '\(store.location)'. Make one with 'kbackup location add'."
            )
        }
        let root = try RepositoryRoot.decode(bytes, location: store.location)
        for slot in root.slots {
            guard let master = try slot.open(with: key, repositoryID: root.repositoryID) else { continue }
            let keys = master.keys(repositoryID: root.repositoryID)
            try root.authenticate(keys: keys, location: store.location)
            return Repository(store: store, id: root.repositoryID, keys: keys)
        }
        let kinds = Set(root.slots.map(\.kind.rawValue)).sorted().joined(separator: " or ")
        throw RepositoryError(
            .wrongKey,
            "The key does not open the repository at '\(store.location)', which has \(root.slots.count) key slot(s) "
                + "(\(kinds)). Give the key file or passphrase that it was made with."
        )
    }

    /// Cuts streams for this repository: with a secret of its own, so that the sizes of chunks tell nothing.
    package var chunker: ContentDefinedChunker {
        ContentDefinedChunker(sizes: .standard, gearTable: keys.gearTable)
    }

    /// Reads of a manifest of this repository.
    package func contents(of manifest: Manifest) -> ManifestReader {
        ManifestReader(manifest: manifest, reader: reader, pageCache: pageCache)
    }
}
