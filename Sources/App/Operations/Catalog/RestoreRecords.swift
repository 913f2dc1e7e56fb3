import Catalog
import Concurrency
import Foundation
import ObjectStore
import Repository
import RestoreEngine

/// What is known about the restores from a repository.
///
/// See ``BackupRecords``.
struct RestoreRecords: Sendable {
    let access: LocationAccess
    let repository: Repository
    private let catalog: CatalogSession

    init(_ access: LocationAccess, _ repository: Repository, _ catalog: CatalogSession? = nil) {
        self.access = access
        self.repository = repository
        self.catalog = catalog ?? CatalogSession(access.context)
    }

    /// Every report: the newest first.
    func all() async throws -> [RestoreReport] {
        let listed = try await repository.restores.list()
        var reports: [RestoreReport] = []
        var unknown: [SnapshotStore.Listed] = []
        if await synchronize(listed) {
            for object in listed {
                if let known = await recorded(object) { reports.append(known) } else { unknown.append(object) }
            }
        } else {
            unknown = listed
        }
        let read = try await read(unknown)
        for record in read {
            await catalog.use { catalog throws(CatalogError) in try await catalog.upsert(record) }
        }
        reports += try read.map { try RestoreReport.decode($0.detail) }
        return reports.sorted { left, right in
            if left.startedAt != right.startedAt { return left.startedAt > right.startedAt }
            return (left.targetCluster, left.name) < (right.targetCluster, right.name)
        }
    }

    /// The report that a user means.
    func find(_ name: String, cluster: String?) async throws -> RestoreReport {
        let listed = try await repository.restores.list()
        let found = try NameLookup.find(
            name,
            cluster: cluster,
            what: "restore",
            among: listed.map(\.name),
            in: access.location.name
        )
        if let object = listed.first(where: { $0.name == found }), let known = await recorded(object) { return known }
        return try RestoreReport.decode(try await repository.restores.read(found))
    }

    /// A record of every report, read from the repository.
    func everything() async throws -> [RestoreRecord] { try await read(try await repository.restores.list()) }

    private func synchronize(_ listed: [SnapshotStore.Listed]) async -> Bool {
        let id = repository.id.description
        let objects = listed.map(ListedObject.init)
        let plan = await catalog.use { catalog throws(CatalogError) in
            try await catalog.synchronizeRestores(repository: id, with: objects)
        }
        return plan != nil
    }

    private func recorded(_ object: SnapshotStore.Listed) async -> RestoreReport? {
        let id = repository.id.description
        let records = await catalog.use { catalog throws(CatalogError) in
            try await catalog.restore(repository: id, name: object.name.name)
        }
        let record = records?.first { record in
            record.summary.objectKey == object.stat.key.rawValue
                && record.summary.versionTag == object.stat.version.rawValue
        }
        return record.flatMap { try? RestoreReport.decode($0.detail) }
    }

    private func read(_ listed: [SnapshotStore.Listed]) async throws -> [RestoreRecord] {
        let (repository, context) = (repository, access.context)
        return try await listed.concurrentMap(width: 8) { object -> RestoreRecord? in
            do {
                let bytes = try await repository.restores.read(object.name)
                let report = try RestoreReport.decode(bytes)
                return RestoreRecord(report, bytes: bytes, listed: object, repository: repository)
            } catch let error as RepositoryError {
                if error.code == .backupNotFound { return nil }
                context.notify(.warning("Restore '\(object.name.name)' is not shown. \(error.message)"))
                return nil
            }
        }.compactMap { $0 }
    }
}
