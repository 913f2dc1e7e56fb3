import BackupEngine
import Catalog
import Concurrency
import Foundation
import ObjectStore
import Repository

/// What is known about the backups in a repository.
///
/// The repository is asked once for what there is. The catalog answers for what it has read before, the repository for
/// the rest; without a catalog everything works the same, only slower.
struct BackupRecords: Sendable {
    let access: LocationAccess
    let repository: Repository
    private let catalog: CatalogSession

    /// A backup, as it is stored.
    private struct Stored: Sendable {
        var listed: SnapshotStore.Listed
        var details: BackupDetails
        var bytes: [UInt8]
    }

    init(_ access: LocationAccess, _ repository: Repository) {
        self.access = access
        self.repository = repository
        catalog = CatalogSession(access.context)
    }

    private var repositoryID: String { repository.id.description }

    /// One line for each backup: the newest first.
    func rows() async throws -> [BackupRow] {
        let listed = try await repository.snapshots.recentList()
        if try await synchronize(listed) {
            let id = repositoryID
            let recorded = await catalog.use { catalog throws(CatalogError) in try await catalog.backups(repository: id)
            }
            if let recorded { return BackupRow.sorted(recorded.map(BackupRow.init)) }
        }
        return BackupRow.sorted(try await read(listed).map { BackupRow($0.details) })
    }

    /// Everything about every backup: the newest first.
    func all() async throws -> [BackupDetails] {
        let listed = try await repository.snapshots.recentList()
        var details: [BackupDetails] = []
        var unknown = listed
        if try await synchronize(listed) {
            unknown = []
            for object in listed {
                if let known = await recorded(object) { details.append(known) } else { unknown.append(object) }
            }
        }
        details += try await read(unknown).map(\.details)
        return details.sorted(by: BackupDetails.isNewer)
    }

    /// The backup that a user means.
    func find(_ name: String, cluster: String?) async throws -> SnapshotStore.Listed {
        let listed = try await repository.snapshots.recentList()
        let found = try NameLookup.find(
            name,
            cluster: cluster,
            what: "backup",
            among: listed.map(\.name),
            in: access.location.name
        )
        guard let object = listed.first(where: { $0.name == found }) else {
            throw NameLookup.missing(name, what: "backup", in: access.location.name)
        }
        return object
    }

    func details(of object: SnapshotStore.Listed) async throws -> BackupDetails {
        if let known = await recorded(object) { return known }
        return try BackupDetails.decode(try await repository.snapshots.read(object.name).details)
    }

    /// Forgets a backup that was deleted.
    func forget(_ name: SnapshotName) async {
        let id = repositoryID
        await catalog.use { catalog throws(CatalogError) in
            try await catalog.deleteBackup(repository: id, cluster: name.cluster, name: name.name)
        }
    }

    /// Makes the catalog's records anew from the repository.
    ///
    /// - Returns: How many there are; `nil` when the catalog cannot be used.
    func rebuild() async throws -> (backups: Int, restores: Int)? {
        let backups = try await read(try await repository.snapshots.list()).map(record)
        let restores = try await RestoreRecords(access, repository, catalog).everything()
        let (id, location) = (repositoryID, locationRecord)
        let isDone: Bool? = await catalog.use { catalog throws(CatalogError) in
            try await catalog.upsert(location)
            try await catalog.replaceAll(repository: id, backups: backups, restores: restores)
            return true
        }
        return isDone == true ? (backups.count, restores.count) : nil
    }

    /// What the catalog knows about a backup, if it read this version of it.
    private func recorded(_ object: SnapshotStore.Listed) async -> BackupDetails? {
        let id = repositoryID
        let records = await catalog.use { catalog throws(CatalogError) in
            try await catalog.backup(repository: id, name: object.name.name)
        }
        let record = records?.first { record in
            record.summary.objectKey == object.stat.key.rawValue
                && record.summary.versionTag == object.stat.version.rawValue
        }
        return record.flatMap { try? BackupDetails.decode($0.detail) }
    }

    /// Brings the catalog up to date: only what it does not know is read.
    ///
    /// - Returns: Whether the catalog can answer now.
    private func synchronize(_ listed: [SnapshotStore.Listed]) async throws -> Bool {
        let id = repositoryID
        let objects = listed.map(ListedObject.init)
        let plan = await catalog.use { catalog throws(CatalogError) in
            try await catalog.synchronizeBackups(repository: id, with: objects)
        }
        guard let plan else { return false }
        if plan.isEmpty { return true }
        let wanted = Set(plan.toRead.map(\.key))
        let records = try await read(listed.filter { wanted.contains($0.stat.key.rawValue) }).map(record)
        let location = locationRecord
        let isDone: Bool? = await catalog.use { catalog throws(CatalogError) in
            try await catalog.upsert(location)
            for record in records { try await catalog.upsert(record) }
            return true
        }
        return isDone == true
    }

    private var locationRecord: LocationRecord {
        LocationRecord(
            name: access.location.name,
            repositoryID: repositoryID,
            url: access.location.urlText,
            lastSeenAt: access.context.now()
        )
    }

    private func record(_ stored: Stored) -> BackupRecord {
        BackupRecord(stored.details, bytes: stored.bytes, listed: stored.listed, repository: repository)
    }

    /// Reads snapshots.
    ///
    /// One that cannot be read is passed over with a warning: the others are worth showing.
    private func read(_ listed: [SnapshotStore.Listed]) async throws -> [Stored] {
        let (snapshots, context) = (repository.snapshots, access.context)
        return try await listed.concurrentMap(width: 8) { object -> Stored? in
            do {
                let bytes = try await snapshots.read(object.name).details
                return Stored(listed: object, details: try BackupDetails.decode(bytes), bytes: bytes)
            } catch let error as RepositoryError {
                // Deleted by somebody else since it was listed.
                if error.code == .backupNotFound { return nil }
                context.notify(.warning("Backup '\(object.name.name)' is not shown. \(error.message)"))
                return nil
            }
        }.compactMap { $0 }
    }
}

extension BackupDetails {
    /// The newest first; then by cluster and name.
    static func isNewer(_ left: BackupDetails, _ right: BackupDetails) -> Bool {
        if left.startedAt != right.startedAt { return left.startedAt > right.startedAt }
        return (left.cluster.id, left.name) < (right.cluster.id, right.name)
    }
}
