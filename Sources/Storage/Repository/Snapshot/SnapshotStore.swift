import Foundation
package import ObjectStore

/// Where snapshots lie, and how they are written and read.
package struct SnapshotStore: Sendable {
    static let prefix = "snapshots/"

    let store: any ObjectStore
    let keys: RepositoryKeys
    private let cached: CachedObjects?
    private let known: KnownSnapshots

    /// - Parameter opening: What was listed as the repository was opened.
    init(store: any ObjectStore, keys: RepositoryKeys, cached: CachedObjects? = nil, opening: OpeningList? = nil) {
        self.store = store
        self.keys = keys
        self.cached = cached
        known = KnownSnapshots(opening)
    }

    /// A snapshot in a listing: what can be said without opening it.
    package struct Listed: Sendable, Hashable {
        package let name: SnapshotName
        package let stat: ObjectStat
    }

    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }()

    private static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()

    static func key(_ name: SnapshotName) -> ObjectKey { ObjectKey("\(prefix)\(name.cluster)/\(name.name)") }

    /// Every backup of the repository, sorted by cluster and name.
    package func list() async throws -> [Listed] {
        var listed: [Listed] = []
        try await store.list(prefix: Self.prefix) { objects in
            listed += objects.compactMap(Listed.init)
        }
        known.note(listed)
        return listed
    }

    /// The same, but the first time as it was when the repository was opened, if that was just now: saves a request.
    package func recentList() async throws -> [Listed] {
        if let opening = known.takeOpeningList() { return opening }
        return try await list()
    }

    /// The version of every snapshot, as they were listed last; `nil` when they were not.
    var knownVersions: [SnapshotName: VersionTag]? { known.versions }

    /// Makes a backup visible: the commit point.
    ///
    /// - Returns: The version of what was written.
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/nameTaken`` when there is a backup of that name.
    func commit(_ snapshot: Snapshot, details: [UInt8]) async throws -> VersionTag {
        let (key, bytes) = try seal(snapshot, details)
        do {
            let version = try await store.put(bytes, at: key, if: .absent)
            cached?.keep(bytes, of: key, version)
            return version
        } catch let error as ObjectStoreError where error.code == .conflict {
            throw RepositoryError(
                .nameTaken,
                "There is a backup '\(snapshot.name)' already in '\(store.location)'. Choose another name, or delete it."
            )
        }
    }

    private func seal(_ snapshot: Snapshot, _ details: [UInt8]) throws -> (key: ObjectKey, bytes: [UInt8]) {
        let key = Self.key(SnapshotName(cluster: snapshot.cluster, name: snapshot.name))
        let payload = Array(try Self.encoder.encode(snapshot)) + [UInt8(ascii: "\n")] + details
        return (key, try Envelope.seal(payload, named: key.rawValue, keys: keys))
    }

    /// Puts a snapshot in the place of one of the same name: when a backup is mended.
    ///
    /// - Parameter version: What is to be replaced.
    /// - Returns: Whether it was: otherwise it has been deleted or replaced meanwhile.
    func replace(_ version: VersionTag, with snapshot: Snapshot, details: [UInt8]) async throws -> Bool {
        let (key, bytes) = try seal(snapshot, details)
        do {
            try await store.put(bytes, at: key, if: .matches(version))
            return true
        } catch let error as ObjectStoreError where error.code == .conflict || error.code == .notFound {
            return false
        }
    }

    /// Takes a backup back that was just committed, unless somebody has deleted or replaced it.
    ///
    /// - Parameter version: As it was written.
    func withdraw(_ name: SnapshotName, _ version: VersionTag) async throws {
        let key = Self.key(name)
        guard try await store.stat(key)?.version == version else { return }
        try await store.delete([key])
    }

    /// Whether a backup of that name exists: by the list that ``recentList()`` gives next.
    package func exists(_ name: SnapshotName) async throws -> Bool {
        let listed: [Listed]
        if let opening = known.openingList {
            listed = opening
        } else {
            listed = try await list()
            known.offer(listed)
        }
        return listed.contains { $0.name == name }
    }

    /// Reads a backup's snapshot.
    ///
    /// - Returns: What the repository knows of it, and the details as who made it wrote them.
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/backupNotFound`` or
    ///   ``RepositoryError/Code/damaged``.
    package func read(_ name: SnapshotName) async throws -> (snapshot: Snapshot, details: [UInt8]) {
        let key = Self.key(name)
        let payload: [UInt8]
        do {
            payload = try await Envelope.read(key, known.version(of: name), from: store, keys: keys, cached)
        } catch let error as ObjectStoreError where error.code == .notFound {
            throw RepositoryError(
                .backupNotFound,
                "There is no backup '\(name.name)' of cluster \(name.cluster) in '\(store.location)'. "
                    + "'kbackup get' lists what there is."
            )
        }
        return try Self.decode(payload, name)
    }

    /// Reads the two documents of an opened snapshot.
    static func decode(
        _ payload: [UInt8],
        _ name: SnapshotName
    ) throws(RepositoryError) -> (snapshot: Snapshot, details: [UInt8]) {
        func damaged(_ what: String) -> RepositoryError {
            RepositoryError(.damaged, "Snapshot '\(key(name))' is damaged: \(what).")
        }
        guard let end = payload.firstIndex(of: UInt8(ascii: "\n")) else { throw damaged("it has no details") }
        struct Head: Decodable { var version: Int }
        let snapshot: Snapshot
        do {
            let head = Data(payload[..<end])
            let version = try decoder.decode(Head.self, from: head).version
            guard version == Snapshot.version else {
                throw RepositoryError(
                    .otherFormat,
                    "Backup '\(name.name)' was made by a newer kbackup (snapshot version \(version)). Use that one."
                )
            }
            snapshot = try decoder.decode(Snapshot.self, from: head)
        } catch let error as RepositoryError {
            throw error
        } catch {
            throw damaged("\(error)")
        }
        guard snapshot.name == name.name, snapshot.cluster == name.cluster else {
            throw damaged("it is that of backup '\(snapshot.name)' of cluster \(snapshot.cluster)")
        }
        guard snapshot.contents.allSatisfy(\.manifest.isPossible) else { throw damaged("a manifest is impossible") }
        return (snapshot, Array(payload[(end + 1)...]))
    }

    /// Reads a backup's snapshot; `nil` when it has been deleted.
    func readIfPresent(_ name: SnapshotName) async throws -> (snapshot: Snapshot, details: [UInt8])? {
        do {
            return try await read(name)
        } catch let error as RepositoryError where error.code == .backupNotFound {
            return nil
        }
    }

    /// Deletes a backup.
    ///
    /// Its space returns when the repository is pruned.
    package func delete(_ name: SnapshotName) async throws {
        let key = Self.key(name)
        guard try await store.stat(key) != nil else {
            throw RepositoryError(.backupNotFound, "There is no backup '\(name.name)' in '\(store.location)'.")
        }
        try await store.delete([key])
    }
}

extension SnapshotStore.Listed {
    /// - Returns: `nil` for an object that is no snapshot.
    init?(_ object: ObjectStat) {
        let parts = object.key.rawValue.split(separator: "/")
        guard parts.count == 3, parts[0] == "snapshots" else { return nil }
        self.init(name: SnapshotName(cluster: String(parts[1]), name: String(parts[2])), stat: object)
    }
}
