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
    let relocations: RelocationTable
    let pageCache = ManifestPageCache()
    let cached: CachedObjects?
    /// How long a look at the marks of packs counts: after twice that, what was not seen then may be deleted.
    var lookLifetime = TombstoneStore.shortestGrace / 2
    /// After so many packs, a backup stores the index of their chunks.
    var packsOfSegment = PackPipeline.packsOfSegment
    /// What was listed as the repository was opened; `nil` when it was opened without its cached root.
    let opening: OpeningList?

    private init(
        store: any ObjectStore,
        id: RepositoryID,
        keys: RepositoryKeys,
        cached: CachedObjects? = nil,
        opening: OpeningList? = nil
    ) {
        self.cached = cached
        self.opening = opening
        self.store = store
        self.id = id
        self.keys = keys
        snapshots = SnapshotStore(store: store, keys: keys, cached: cached, opening: opening)
        restores = ReportStore(store: store, keys: keys)
        relocations = RelocationTable(store: store, keys: keys)
        reader = PackReader(store: store, keys: keys, cached: cached, relocations: relocations)
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
    /// - Parameter cache: Saves asking the store again for what has been read before; `nil` where all must come from the
    ///   store, as for a check.
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/notFound``, ``RepositoryError/Code/otherFormat``,
    ///   ``RepositoryError/Code/wrongKey`` or ``RepositoryError/Code/damaged``.
    package static func open(
        _ store: any ObjectStore,
        key: RepositoryKey,
        cache: (any RepositoryCache)? = nil
    ) async throws -> Repository {
        let cached = cache.map(CachedObjects.init)
        if let cached, let kept = cached.root() {
            let opening = try await OpeningList(of: store)
            // What has been damaged here is read again, and damage there is told.
            if opening.root?.version == kept.version,
                let repository = try? unlock(kept.bytes, store, key, cached, opening)
            {
                return repository
            }
        }
        let root = try await readRoot(store)
        let repository = try unlock(root.bytes, store, key, cached, nil)
        cached?.keepRoot(root)
        return repository
    }

    /// Reads the root of the repository at a location, without a key.
    static func root(of store: any ObjectStore) async throws -> (root: RepositoryRoot, version: VersionTag) {
        let object = try await readRoot(store)
        return (try RepositoryRoot.decode(object.bytes, location: store.location), object.version)
    }

    private static func readRoot(_ store: any ObjectStore) async throws -> StoredObject {
        do {
            return try await store.get(rootKey, range: .whole(limit: FormatLimits.root))
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
    }

    /// Opens a repository with the bytes of its root.
    private static func unlock(
        _ bytes: [UInt8],
        _ store: any ObjectStore,
        _ key: RepositoryKey,
        _ cached: CachedObjects?,
        _ opening: OpeningList?
    ) throws -> Repository {
        let root = try RepositoryRoot.decode(bytes, location: store.location)
        let keys = try root.open(with: key, location: store.location).keys
        return Repository(store: store, id: root.repositoryID, keys: keys, cached: cached, opening: opening)
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
