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
        let root = try await root(of: store).root
        let keys = try root.open(with: key, location: store.location).keys
        return Repository(store: store, id: root.repositoryID, keys: keys)
    }

    /// Reads the root of the repository at a location, without a key.
    static func root(of store: any ObjectStore) async throws -> (root: RepositoryRoot, version: VersionTag) {
        let object: StoredObject
        do {
            object = try await store.get(rootKey, range: .whole(limit: FormatLimits.root))
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
        return (try RepositoryRoot.decode(object.bytes, location: store.location), object.version)
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
