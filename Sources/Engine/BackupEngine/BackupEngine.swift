package import Etcd
package import Foundation
package import KubeAPI
import KubernetesModel
import ObjectStore
package import Repository
import Synchronization

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
    private let now: @Sendable () -> Date
    private let onProgress: @Sendable (BackupProgress) -> Void

    /// - Parameters:
    ///   - client: Needed for objects.
    ///   - etcd: Needed for the etcd database.
    ///   - program: Name and version of this program, for the record.
    ///   - now: The clock.
    ///   - onProgress: Called now and then while a backup is made.
    package init(
        client: KubeClient?,
        etcd: EtcdClient?,
        repository: Repository,
        program: String,
        now: @escaping @Sendable () -> Date,
        onProgress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
    ) {
        self.client = client
        self.etcd = etcd
        self.repository = repository
        self.program = program
        self.now = now
        self.onProgress = onProgress
    }

    /// What the cluster has, and what of it is selected.
    private struct Survey: Sendable {
        var cluster: BackupDetails.Cluster
        var namespaces: [String] = []
        /// Whether the namespaces are all of the cluster's.
        var takesAllNamespaces = true
        var resources: ResourceSelection?
        var exclusions: [BackupDetails.Exclusion] = []
        var failures: [BackupDetails.Failure] = []
        var revision: String?
    }

    /// Says what a backup would hold, without writing anything.
    package func plan(_ spec: BackupSpec) async throws -> BackupPlan {
        let survey = try await survey(spec)
        let resources = survey.resources?.selected ?? []
        return BackupPlan(
            namespaces: survey.namespaces,
            resources: resources.map { selected in
                BackupPlan.Resource(
                    resource: selected.resource.groupResource.description,
                    version: selected.resource.gvr.version,
                    kind: selected.resource.kind,
                    rule: selected.extent == .related ? "what the selected namespaces need" : "all that is selected"
                )
            },
            exclusions: survey.exclusions + (survey.resources?.exclusions ?? []),
            failures: survey.failures,
            includesEtcd: spec.includesEtcd
        )
    }

    /// Makes a backup.
    ///
    /// - Returns: The details as they were stored. A backup that lacks something is ``BackupDetails/Phase/partiallyFailed``.
    /// - Throws: ``BackupEngineError``, `KubeAPIError`, `EtcdError`, `RepositoryError`, `ObjectStoreError` or
    ///   `CancellationError`; then there is no backup of that name, and everything else is as it was.
    package func run(_ request: Request) async throws -> BackupDetails {
        let spec = request.spec
        let survey = try await survey(spec)
        let name = SnapshotName(cluster: survey.cluster.id, name: request.name)
        if try await repository.snapshots.exists(name) {
            throw RepositoryError(
                .nameTaken,
                "There is a backup '\(request.name)' already in '\(repository.store.location)'. Choose another name, or "
                    + "delete it."
            )
        }
        let ledger = BackupLedger()
        ledger.excluded(survey.exclusions + (survey.resources?.exclusions ?? []))
        for failure in survey.failures { ledger.failed(failure) }
        let parents = try await ParentBackups.find(
            in: repository,
            cluster: survey.cluster.id,
            spec: spec,
            warn: ledger.warn
        )
        let progress = ProgressMeter(onProgress)
        let parent = parents.objects?.name ?? parents.database?.name
        let written = try await repository.writeBackup(name, parent: parent, at: request.startedAt) { writer in
            var contents: [SnapshotContent] = []
            if let client, let resources = survey.resources {
                let manifest = try await collectObjects(
                    client,
                    survey,
                    resources,
                    spec,
                    parents,
                    writer,
                    ledger,
                    progress
                )
                contents.append(SnapshotContent(kind: .objects, manifest: manifest))
            }
            var database: BackupDetails.Etcd?
            if let etcd, spec.includesEtcd {
                do {
                    let collected = try await collectDatabase(etcd, parents, writer, progress)
                    contents.append(collected.content)
                    database = collected.details
                } catch let error as EtcdError where spec.includesObjects {
                    ledger.failed(BackupDetails.Failure(subject: "the etcd database", reason: "\(error)"))
                }
            }
            let etcdDetails = database
            return Repository.Draft(contents: contents) { statistics in
                try details(request, survey, ledger, etcdDetails, parent, statistics).encoded()
            }
        }
        return try BackupDetails.decode(written.details)
    }

    private func details(
        _ request: Request,
        _ survey: Survey,
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

    private func survey(_ spec: BackupSpec) async throws -> Survey {
        guard spec.includesObjects else {
            guard let etcd, spec.includesEtcd else {
                throw BackupEngineError(
                    .invalidSpec,
                    "There is nothing to back up: neither objects nor etcd are asked for."
                )
            }
            let status = try await etcd.status()
            return Survey(
                cluster: BackupDetails.Cluster(id: "etcd-\(String(status.clusterID, radix: 16))", version: "")
            )
        }
        guard let client else {
            throw BackupEngineError(.invalidSpec, "A backup of objects needs a cluster to talk to.")
        }
        try check(labelSelector: spec.labelSelector)
        let version = try await client.serverVersion()
        var survey = Survey(
            cluster: BackupDetails.Cluster(id: try await client.clusterIdentity(), version: version.gitVersion)
        )
        let discovery = try await client.discover()
        survey.failures = discovery.failures.map { failure in
            BackupDetails.Failure(subject: failure.groupVersion, reason: failure.message)
        }
        let selection = try NamespaceSelection(spec)
        let (labels, revision) = try await namespaceLabels(client)
        survey.revision = revision
        (survey.namespaces, survey.exclusions) = try selection.select(from: labels)
        survey.takesAllNamespaces = survey.namespaces.count == labels.count
        survey.resources = try ResourceSelection(
            resources: discovery.preferredResources,
            spec: spec,
            includesAllNamespaces: selection.includesEverything
        )
        return survey
    }

    private func check(labelSelector: String) throws {
        guard !labelSelector.isEmpty else { return }
        do {
            _ = try LabelSelector(parsing: labelSelector)
        } catch {
            throw BackupEngineError(.invalidSpec, "The label selector '\(labelSelector)' cannot be read: \(error)")
        }
    }

    /// The labels of every namespace, and the revision of that list.
    private func namespaceLabels(_ client: KubeClient) async throws -> ([String: [String: String]], String?) {
        var labels: [String: [String: String]] = [:]
        let list = try await client.list(.namespaces) { item in labels[item.name] = item.labels }
        return (labels, list.resourceVersion)
    }

    private func collectObjects(
        _ client: KubeClient,
        _ survey: Survey,
        _ resources: ResourceSelection,
        _ spec: BackupSpec,
        _ parents: ParentBackups,
        _ writer: BackupWriter,
        _ ledger: BackupLedger,
        _ progress: ProgressMeter
    ) async throws -> Manifest {
        let manifest = writer.manifest(
            .objects,
            parent: parents.objects?.manifest,
            extendsParent: parents.objects?.hasSameSpec == true
        )
        let revision = ListRevision(survey.revision)
        let collector = ObjectCollector(
            client: client,
            manifest: manifest,
            ledger: ledger,
            revision: revision,
            namespaces: survey.takesAllNamespaces ? nil : Set(survey.namespaces),
            onObjects: { count in progress.update(writer) { $0.objects += count } },
            onList: { progress.update(writer) { $0.lists.done += 1 } }
        )
        let units = resources.selected.filter { $0.extent == .all }.flatMap { selected in
            ListUnit.units(
                for: selected.resource,
                namespaces: survey.takesAllNamespaces ? nil : survey.namespaces,
                labelSelector: spec.labelSelector
            )
        }
        let related = RelatedObjects.order.compactMap { name in
            resources.selected.first { $0.extent == .related && $0.resource.groupResource == name }?.resource
        }
        progress.update(writer) { $0.lists.total = units.count + related.count }
        var needed = RelatedObjects(namespaces: survey.namespaces)
        // The namespaces themselves are known already; only other cluster-scoped objects are worth looking for.
        let findsReferences = related.contains { $0.groupResource != RelatedObjects.namespaces }
        needed = try await collector.collect(units, related: findsReferences ? needed : nil) ?? needed
        for resource in related { needed = try await collector.collectRelated(resource, related: needed) }
        if revision.refreshes > 0 {
            ledger.warn(
                "The server gave up the revision \(survey.revision ?? "") while the backup ran; what was still to be "
                    + "listed is of a later one."
            )
        }
        return try await manifest.finish()
    }

    private func collectDatabase(
        _ etcd: EtcdClient,
        _ parents: ParentBackups,
        _ writer: BackupWriter,
        _ progress: ProgressMeter
    ) async throws -> (content: SnapshotContent, details: BackupDetails.Etcd) {
        let parent = parents.database.flatMap { $0.content.pageSize == DatabaseCollector.pageSize ? $0.content : nil }
        let manifest = writer.manifest(.pagedFile, parent: parent?.manifest, extendsParent: true)
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

/// Adds up progress from several tasks.
private final class ProgressMeter: Sendable {
    private let state = Mutex(BackupProgress())
    private let onProgress: @Sendable (BackupProgress) -> Void

    init(_ onProgress: @escaping @Sendable (BackupProgress) -> Void) { self.onProgress = onProgress }

    func update(_ writer: BackupWriter, _ change: (inout BackupProgress) -> Void) {
        let progress = state.withLock { state in
            change(&state)
            state.storedBytes = writer.statistics.storedBytes
            return state
        }
        onProgress(progress)
    }
}
