import BackupEngine
import Foundation
import ObjectStore
import Repository

/// Takes a backup of a cluster's objects, of its etcd database, or of both.
package struct CreateBackup: Sendable {
    /// What is to be in it.
    package enum Scope: Sendable, Equatable {
        /// The selected objects, and the etcd database when its endpoints are configured.
        case objects(ObjectSelection)
        /// The etcd database alone.
        case etcd
    }

    let settings: Settings
    let name: String
    let scope: Scope

    /// - Parameters:
    ///   - name: `nil` chooses `backup-<time>` (or `etcd-<time>`), the time in UTC.
    ///   - scope: What is to be in it.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage`` when `name` is no name.
    package init(name: String?, scope: Scope, settings: Settings) throws(OperationError) {
        if let name { try ResourceName.check(name, of: "backup") }
        self.settings = settings
        self.scope = scope
        let base = scope == .etcd ? "etcd" : "backup"
        self.name = name ?? TimestampedName.make(base, at: settings.context.now())
    }

    private var spec: BackupSpec {
        switch scope {
        case .objects(let selection): selection.backupSpec(includesObjects: true, includesEtcd: settings.hasEtcd)
        case .etcd: ObjectSelection().backupSpec(includesObjects: false, includesEtcd: true)
        }
    }

    /// Takes the backup.
    ///
    /// - Parameter onProgress: Called now and then.
    /// - Returns: What became of it; it may lack something.
    /// - Throws: The errors of the engine, the repository and the connections; then there is no backup of that name.
    package func run(
        onProgress: @escaping @Sendable (OperationProgress) -> Void = { _ in }
    ) async throws -> BackupDocument {
        let command = scope == .etcd ? "etcd snapshot" : "create"
        return try await settings.recordedRun(command, name: name, outcome: { $0.phase }) {
            try await create(onProgress)
        }
    }

    private func create(_ onProgress: @escaping @Sendable (OperationProgress) -> Void) async throws -> BackupDocument {
        let context = settings.context
        let startedAt = context.now()
        if scope != .etcd { try settings.requireEndpointsForEtcdFlags() }
        let access = try settings.locationAccess()
        let spec = spec
        let client = spec.includesObjects ? try settings.kubeClient() : nil
        let etcd = spec.includesEtcd ? try settings.etcdClient() : nil
        let repository = try await access.openForWriting()
        let engine = BackupEngine(
            client: client,
            etcd: etcd,
            repository: repository,
            program: ProgramVersion.name,
            logger: context.logger,
            now: context.now,
            onProgress: { onProgress(OperationProgress($0)) }
        )
        let details = try await engine.run(BackupEngine.Request(name: name, spec: spec, startedAt: startedAt))
        return BackupDocument(details, location: access.location.name)
    }

    /// Says what the backup would hold, and writes nothing.
    package func plan() async throws -> BackupPlanDocument {
        let context = settings.context
        if scope != .etcd { try settings.requireEndpointsForEtcdFlags() }
        let access = try settings.locationAccess()
        let client = try settings.kubeClient()
        let etcd = spec.includesEtcd ? try settings.etcdClient() : nil
        // A repository that cannot be opened is told now; one that would only be made is not made for a plan.
        let repository: Repository
        if let used = try await access.openIfMade() {
            repository = used
        } else {
            repository = try await unusedRepository()
        }
        let engine = BackupEngine(
            client: client,
            etcd: etcd,
            repository: repository,
            program: ProgramVersion.name,
            logger: context.logger,
            now: context.now
        )
        let plan = try await engine.plan(spec)
        return BackupPlanDocument(plan, name: name, location: access.location.name)
    }

    private func unusedRepository() async throws -> Repository {
        try await Repository.create(in: InMemoryObjectStore(), key: .makeKeyFile(), at: settings.context.now())
    }
}
