package import Etcd
package import Foundation
package import KubeAPI
import KubernetesModel
package import Logging
import ObjectStore
package import Repository

/// Takes a backup: of the objects of a cluster, of its etcd, or of both, into a repository.
///
/// Lists are scanned page by page as bytes and stream through blocks and packs into the store; no step holds a whole list
/// or database.
package struct BackupEngine: Sendable {
    /// What one backup is to be.
    package struct Request: Sendable {
        package var name: String
        package var spec: BackupSpec
        package var startedAt: Date

        package init(name: String, spec: BackupSpec, startedAt: Date) {
            self.name = name
            self.spec = spec
            self.startedAt = startedAt
        }
    }

    private let client: KubeClient?
    private let etcd: EtcdClient?
    private let repository: Repository
    private let program: String
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let onProgress: @Sendable (BackupProgress) -> Void

    /// - Parameters:
    ///   - client: Needed for objects.
    ///   - etcd: Needed for the etcd database.
    ///   - program: Name and version of this program, for the record.
    ///   - logger: Gets the decisions, at level `debug`.
    ///   - now: The clock.
    ///   - onProgress: Called now and then while a backup is made.
    package init(
        client: KubeClient?,
        etcd: EtcdClient?,
        repository: Repository,
        program: String,
        logger: Logger = Logger(label: "kbackup.backup"),
        now: @escaping @Sendable () -> Date,
        onProgress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
    ) {
        self.client = client
        self.etcd = etcd
        self.repository = repository
        self.program = program
        self.logger = logger
        self.now = now
        self.onProgress = onProgress
    }

    /// Says what a backup would hold, without writing anything.
    package func plan(_ spec: BackupSpec) async throws -> BackupPlan {
        let survey = try await survey(spec)
        let resources = survey.objects?.resources.selected ?? []
        return BackupPlan(
            namespaces: survey.namespaces,
            resources: resources.map { selected in
                BackupPlan.Resource(
                    resource: selected.resource.groupResource.description,
                    version: selected.resource.gvr.version,
                    kind: selected.resource.kind,
                    rule: rule(of: selected.extent)
                )
            },
            exclusions: survey.exclusions,
            failures: survey.failures,
            warnings: survey.warnings,
            includesEtcd: spec.includesEtcd
        )
    }

    private func rule(of extent: ResourceSelection.Extent) -> String {
        switch extent {
        case .all: "all that is selected"
        case .labelledOrNeeded: "what has the labels, and what selected objects need"
        case .needed: "what selected objects need"
        }
    }

    /// Makes a backup.
    ///
    /// - Returns: The details as they were stored. A backup that lacks something is ``BackupDetails/Phase/partiallyFailed``.
    /// - Throws: ``BackupEngineError``, `KubeAPIError`, `EtcdError`, `RepositoryError`, `ObjectStoreError` or
    ///   `CancellationError`; then there is no backup of that name, and everything else is as it was.
    package func run(_ request: Request) async throws -> BackupDetails {
        let survey = try await survey(request.spec)
        let name = SnapshotName(cluster: survey.cluster.id, name: request.name)
        if try await repository.snapshots.exists(name) {
            throw RepositoryError(
                .nameTaken,
                "There is a backup '\(request.name)' already in '\(repository.store.location)'. Choose another name, or "
                    + "delete it."
            )
        }
        let search = ParentSearch(
            repository: repository,
            cluster: survey.cluster.id,
            etcdCluster: survey.etcdCluster,
            spec: request.spec
        )
        var (parents, warnings) = try await search.run()
        log(parents)
        while true {
            do {
                return try await write(request, name, survey, parents, warnings)
            } catch let error as DamagedParentError {
                guard let more = parents.giveUp(after: error) else { throw error }
                warnings += more
            }
        }
    }

    /// Makes a backup that builds on `parents`.
    private func write(
        _ request: Request,
        _ name: SnapshotName,
        _ survey: ClusterSurvey,
        _ parents: ParentBackups,
        _ warnings: [String]
    ) async throws -> BackupDetails {
        let spec = request.spec
        let ledger = BackupLedger()
        ledger.excluded(survey.exclusions)
        for failure in survey.failures { ledger.failed(failure) }
        for warning in survey.warnings + warnings { ledger.warn(warning) }
        let progress = ProgressMeter(onProgress)
        let parent = (parents.objects?.name ?? parents.database?.name)?.name
        let written = try await repository.writeBackup(
            name,
            parent: parent,
            at: request.startedAt,
            distrusting: parents.distrusted
        ) { writer in
            var contents: [SnapshotContent] = []
            if let client, let objects = survey.objects {
                let backup = ObjectBackup(
                    client: client,
                    survey: survey,
                    resources: objects.resources,
                    scope: objects.scope,
                    spec: spec,
                    labels: try ClusterSurvey.labelSelector(spec),
                    writer: writer,
                    ledger: ledger,
                    progress: progress
                )
                let manifest = try await backup.run(
                    parent: parents.objects?.manifest,
                    extendsParent: parents.objects?.kinship == .sameSelection
                )
                contents.append(SnapshotContent(kind: .objects, manifest: manifest))
            }
            var database: BackupDetails.Etcd?
            if let etcd, survey.etcdCluster != nil {
                do {
                    let collected = try await collectDatabase(etcd, parents, writer, progress)
                    contents.append(collected.content)
                    database = collected.details
                } catch let error as EtcdError where spec.includesObjects {
                    ledger.failed(BackupDetails.Failure(etcd: error))
                }
            }
            for warning in writer.warnings { ledger.warn(warning) }
            let etcdDetails = database
            return Repository.Draft(contents: contents) { statistics in
                try details(request, survey, ledger, etcdDetails, parent, statistics).encoded()
            }
        }
        return try BackupDetails.decode(written.details)
    }

    private func details(
        _ request: Request,
        _ survey: ClusterSurvey,
        _ ledger: BackupLedger,
        _ database: BackupDetails.Etcd?,
        _ parent: String?,
        _ statistics: WriteStatistics
    ) -> BackupDetails {
        BackupDetails(
            name: request.name,
            phase: ledger.failures.isEmpty ? .completed : .partiallyFailed,
            spec: request.spec,
            cluster: survey.cluster,
            startedAt: request.startedAt,
            finishedAt: now(),
            revision: survey.revision,
            resources: ledger.resources.filter { $0.objects > 0 },
            namespaces: survey.namespaces,
            exclusions: ledger.exclusions,
            failures: ledger.failures,
            warnings: ledger.warnings,
            etcd: database,
            parent: parent,
            statistics: statistics,
            program: program
        )
    }

    private func survey(_ spec: BackupSpec) async throws -> ClusterSurvey {
        let survey = try await makeSurvey(spec)
        for selected in survey.objects?.resources.selected ?? [] {
            logger.debug(
                "resource selected",
                metadata: ["resource": "\(selected.resource.groupResource)", "taken": "\(rule(of: selected.extent))"]
            )
        }
        for exclusion in survey.exclusions {
            logger.debug("excluded", metadata: ["subject": "\(exclusion.subject)", "rule": "\(exclusion.rule)"])
        }
        return survey
    }

    private func log(_ parents: ParentBackups) {
        logger.debug(
            "building on",
            metadata: [
                "objects": "\(parents.objects.map { "\($0.name) (\($0.kinship))" } ?? "none")",
                "database": "\(parents.database?.name.description ?? "none")",
            ]
        )
    }

    private func makeSurvey(_ spec: BackupSpec) async throws -> ClusterSurvey {
        if spec.includesObjects {
            guard let client else {
                throw BackupEngineError(.invalidSpec, "A backup of objects needs a cluster to talk to.")
            }
            var survey = try await ClusterSurvey(of: client, spec)
            if let etcd, spec.includesEtcd { try await survey.ask(etcd) }
            return survey
        }
        guard let etcd, spec.includesEtcd else {
            throw BackupEngineError(
                .invalidSpec,
                "There is nothing to back up: neither objects nor etcd are asked for."
            )
        }
        return try await ClusterSurvey(database: etcd)
    }

    private func collectDatabase(
        _ etcd: EtcdClient,
        _ parents: ParentBackups,
        _ writer: BackupWriter,
        _ progress: ProgressMeter
    ) async throws -> (content: SnapshotContent, details: BackupDetails.Etcd) {
        let manifest = writer.manifest(
            .pagedFile,
            parent: parents.database?.content.manifest,
            extendsParent: true
        )
        let collector = DatabaseCollector(client: etcd, manifest: manifest) { bytes in
            progress.update(writer) { $0.databaseBytes += bytes }
        }
        let details = try await collector.collect()
        let content = SnapshotContent(
            kind: .pagedFile,
            manifest: try await manifest.finish(),
            pageSize: DatabaseCollector.pageSize
        )
        return (content, details)
    }
}
