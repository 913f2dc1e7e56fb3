import BackupEngine
import Foundation
import KubeAPI
import Repository
import RestoreEngine

/// Brings objects of a backup back into a cluster.
package struct RestoreBackup: Sendable {
    /// What came of it.
    package struct Outcome: Sendable {
        package var restore: RestoreDocument
        /// Why the report is not in the repository, if it is not.
        ///
        /// The restore itself is done all the same.
        package var reportFailure: String?
    }

    let settings: Settings
    let backup: String
    let cluster: String?
    let name: String
    let selection: ObjectSelection
    let namespaceMappings: [String: String]

    /// - Parameters:
    ///   - name: Of the restore; `nil` chooses `<backup>-<time>`.
    ///   - backup: What to restore from.
    ///   - cluster: The cluster that was backed up; tells backups of one name apart.
    ///   - namespaceMappings: `old:new`, each.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage``.
    package init(
        name: String?,
        from backup: String,
        cluster: String?,
        selection: ObjectSelection,
        namespaceMappings: [String],
        settings: Settings
    ) throws(OperationError) {
        if let name { try ResourceName.check(name, of: "restore") }
        try ResourceName.check(backup, of: "backup")
        self.settings = settings
        self.backup = backup
        self.cluster = cluster
        self.name = name ?? TimestampedName.make(backup, at: settings.context.now())
        self.selection = selection
        self.namespaceMappings = try Self.mappings(namespaceMappings)
    }

    private static func mappings(_ texts: [String]) throws(OperationError) -> [String: String] {
        var mappings: [String: String] = [:]
        var sources: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, ResourceName.isLabel(parts[0]), ResourceName.isLabel(parts[1]) else {
                throw OperationError(.usage, "'\(text)' maps no namespace to another. Write 'old:new'.")
            }
            guard mappings.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw OperationError(.usage, "Namespace '\(parts[0])' is mapped twice.")
            }
            if let other = sources.updateValue(parts[0], forKey: parts[1]) {
                throw OperationError(
                    .usage,
                    "Namespaces '\(other)' and '\(parts[0])' are both mapped to '\(parts[1])', where their objects may get in "
                        + "each other's way. Map them to two namespaces."
                )
            }
        }
        return mappings
    }

    /// Restores, and stores the report.
    ///
    /// A restore that was cut off leaves a report, and is gone on with when it is run again under its name.
    ///
    /// - Throws: The errors of the engine, the repository and the connection; ``OperationError`` with code
    ///   ``OperationError/Code/conflict`` when the name is taken, or another process has gone on with the restore.
    package func run(onProgress: @escaping @Sendable (OperationProgress) -> Void = { _ in }) async throws -> Outcome {
        try await settings.recordedRun("restore create", name: name, outcome: { $0.restore.phase }) {
            try await restore(onProgress)
        }
    }

    private func restore(_ onProgress: @escaping @Sendable (OperationProgress) -> Void) async throws -> Outcome {
        let context = settings.context
        let client = try settings.kubeClient()
        let access = try settings.locationAccess()
        let (repository, found) = try await access.open(backup: backup, cluster: cluster)
        let source = try await source(repository, found)
        let target = try await client.clusterIdentity()
        let engine = RestoreEngine(client: client, source: source, now: context.now, logger: context.logger)
        let session = try await engine.begin(
            name: name,
            targetCluster: target,
            spec: selection.restoreSpec(namespaceMappings: namespaceMappings),
            clusterFlags: settings.clusterWords,
            program: ProgramVersion.name,
            progress: { onProgress(OperationProgress($0)) }
        )
        let journal = try await RestoreJournal.begin(session, RestoreRecords(access, repository))
        do {
            try await journal.keep { try await session.run() }
        } catch let error as OperationError where error.code == .conflict {
            // The record is the other process's now.
            throw error
        } catch {
            await noteCutOff(session, by: error, journal, location: access.location.name)
            throw error
        }
        let report = session.finalReport()
        var outcome = Outcome(restore: RestoreDocument(report, location: access.location.name, settings: settings))
        do {
            try await journal.end(report)
        } catch let error as OperationError where error.code == .conflict {
            throw error
        } catch {
            outcome.reportFailure = ErrorMessage.text(of: error)
        }
        return outcome
    }

    /// Stores what was done before `error`, and tells the user how to go on.
    private func noteCutOff(
        _ session: RestoreSession,
        by error: any Error,
        _ journal: RestoreJournal,
        location: String
    ) async {
        let isInterrupted = Task.isCancelled || error is CancellationError
        let report = session.cutOffReport(isInterrupted ? .interrupted : .failed, ErrorMessage.text(of: error))
        let restore = RestoreDocument(report, location: location, settings: settings)
        var text = "Restore '\(name)' was cut off: "
        if let remaining = restore.remaining {
            text += "it was through with \(restore.done) of \(restore.done + remaining) objects."
        } else {
            text += "it was still being planned."
        }
        do {
            try await journal.end(report)
        } catch {
            text += " Its report could not be stored: \(ErrorMessage.text(of: error))"
        }
        if let command = restore.finishWith {
            text += " What is there counts as unchanged when it is finished with: \(command)"
        }
        settings.context.notify(.warning(text))
    }

    private func source(_ repository: Repository, _ found: SnapshotName) async throws -> RestoreSource {
        let (snapshot, bytes) = try await repository.snapshots.read(found)
        let details = try BackupDetails.decode(bytes)
        guard let content = snapshot.content(.objects) else {
            let other =
                snapshot.content(.files) == nil
                ? "Its etcd database is written to a file with 'kbackup etcd restore \(backup) --output FILE'."
                : "Its files are restored with 'kbackup files restore \(backup) --to FOLDER'."
            throw OperationError(.notFound, "Backup '\(backup)' holds no Kubernetes objects. \(other)")
        }
        if details.phase == .partiallyFailed {
            settings.context.notify(
                .warning(
                    "Backup '\(backup)' is not complete: \(details.failures.count) of its parts failed. 'kbackup describe "
                        + "\(backup)' lists them."
                )
            )
        }
        return RestoreSource(
            backup: backup,
            cluster: found.cluster,
            contents: repository.contents(of: content.manifest),
            resources: details.resources.map { count in
                BackedUpResource(
                    group: count.group,
                    version: count.version,
                    resource: count.resource,
                    kind: count.kind,
                    isNamespaced: count.isNamespaced,
                    objects: count.objects
                )
            },
            namespaces: details.namespaces
        )
    }
}
