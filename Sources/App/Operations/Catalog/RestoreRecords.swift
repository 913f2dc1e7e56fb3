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

    /// The last report of every restore: the newest first.
    func all() async throws -> [RestoreReport] {
        let listed = try await repository.restores.list()
        var reports: [RestoreReport] = []
        var unknown: [ReportStore.Listed] = []
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
        return reports.map(seen).sorted { left, right in
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
        guard let object = listed.first(where: { $0.name == found }) else {
            throw NameLookup.missing(name, what: "restore", in: access.location.name)
        }
        return seen(try await report(object))
    }

    /// The last report of a restore, as it is now; `nil` when there is none.
    func last(of name: SnapshotName) async throws -> (report: RestoreReport, number: Int)? {
        guard let object = try await repository.restores.last(of: name) else { return nil }
        return (seen(try await report(object)), object.number)
    }

    /// Writes a report into the repository, and keeps what is in it in the catalog.
    ///
    /// - Throws: `RepositoryError` with code `nameTaken` when there is a report of that number.
    func write(_ report: RestoreReport, number: Int) async throws {
        let bytes = try report.encoded()
        let listed = try await repository.restores.write(bytes, named: report.snapshotName, number: number)
        let record = RestoreRecord(report, bytes: bytes, listed: listed, repository: repository)
        await catalog.use { catalog throws(CatalogError) in try await catalog.upsert(record) }
    }

    private func report(_ object: ReportStore.Listed) async throws -> RestoreReport {
        if let known = await recorded(object) { return known }
        return try RestoreReport.decode(try await repository.restores.read(object))
    }

    /// A report with what this machine knows about the process that wrote it.
    private func seen(_ report: RestoreReport) -> RestoreReport {
        report.seen(
            RestoreMark.state(of: report, in: repository, folders: access.context.folders),
            at: access.context.now()
        )
    }

    /// A record of every restore's last report, read from the repository.
    func everything() async throws -> [RestoreRecord] { try await read(try await repository.restores.list()) }

    private func synchronize(_ listed: [ReportStore.Listed]) async -> Bool {
        let id = repository.id.description
        let objects = listed.map(ListedObject.init)
        let plan = await catalog.use { catalog throws(CatalogError) in
            try await catalog.synchronizeRestores(repository: id, with: objects)
        }
        return plan != nil
    }

    private func recorded(_ object: ReportStore.Listed) async -> RestoreReport? {
        let id = repository.id.description
        let records = await catalog.use { catalog throws(CatalogError) in
            try await catalog.restore(repository: id, name: object.name.name)
        }
        let record = records?.first { record in
            record.summary.objectKey == object.key.rawValue
                && record.summary.versionTag == object.version.rawValue
        }
        return record.flatMap { try? RestoreReport.decode($0.detail) }
    }

    private func read(_ listed: [ReportStore.Listed]) async throws -> [RestoreRecord] {
        let (repository, context) = (repository, access.context)
        return try await listed.concurrentMap(width: 8) { object -> RestoreRecord? in
            do {
                let bytes = try await repository.restores.read(object)
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
