import ObjectStore
import Repository

/// Copies backups into the repository of another location.
package struct CopyRepository: Sendable {
    /// Where the copies go.
    package struct Target: Sendable {
        var location: String
        var keyFile: String?
        var passphraseFile: String?

        /// - Parameters:
        ///   - location: The name of a location.
        ///   - keyFile: The key file of its repository, when it is not the one of the configuration file.
        ///   - passphraseFile: Likewise, a file that holds the passphrase.
        package init(location: String, keyFile: String? = nil, passphraseFile: String? = nil) {
            self.location = location
            self.keyFile = keyFile
            self.passphraseFile = passphraseFile
        }
    }

    let settings: Settings
    let target: Target
    let names: [String]
    let cluster: String?
    let jobs: Int

    /// - Parameters:
    ///   - names: The backups to copy; none for all.
    ///   - cluster: The start of the id of the cluster whose backups are meant.
    ///   - jobs: As many requests read the source at once, 1 to 64.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage``.
    package init(
        to target: Target,
        names: [String],
        cluster: String?,
        jobs: Int,
        settings: Settings
    ) throws(OperationError) {
        guard (1...64).contains(jobs) else {
            throw OperationError(.usage, "--jobs must be 1 to 64, not \(jobs).")
        }
        self.settings = settings
        self.target = target
        self.names = names
        self.cluster = cluster
        self.jobs = jobs
    }

    /// - Returns: What became of each backup; some may not have been copied.
    /// - Throws: ``OperationError``, `RepositoryError`, `ObjectStoreError`, `CancellationError`. What was copied by then is
    ///   whole, and the same operation goes on with the rest.
    package func run(
        onProgress: @escaping @Sendable (OperationProgress) -> Void = { _ in }
    ) async throws -> RepositoryCopyDocument {
        let access = try settings.locationAccess()
        guard let source = try await access.openIfUsed() else {
            throw OperationError(.notFound, "There are no backups in location '\(access.location.name)' to copy.")
        }
        let selected = try select(try await source.snapshots.list(), in: access.location.name)
        let (repository, isNew) = try await openTarget(source)
        var document = RepositoryCopyDocument(
            from: access.location.name,
            to: target.location,
            isNewRepository: isNew
        )
        let stored = StoredBytes()
        var copy = BackupCopy(from: source, to: repository, width: jobs, now: settings.context.now) { bytes in
            onProgress(.copy(done: stored.done, total: selected.count, storedBytes: stored.before + bytes))
        }
        for name in selected {
            try Task.checkCancellation()
            let backup = try await Self.copy(name, &copy)
            document.backups.append(backup)
            stored.add(backup.storedBytes)
            onProgress(.copy(done: stored.done, total: selected.count, storedBytes: stored.before))
        }
        return document
    }

    private static func copy(
        _ name: SnapshotName,
        _ copy: inout BackupCopy
    ) async throws -> RepositoryCopyDocument.Backup {
        var backup = RepositoryCopyDocument.Backup(name: name.name, cluster: name.cluster, result: .failed)
        do {
            switch try await copy.copy(name) {
            case .copied(let statistics):
                backup.result = .copied
                backup.storedBytes = statistics.storedBytes
            case .present: backup.result = .present
            }
        } catch let error as UncopiedBackupError {
            backup.message = error.message
        } catch let error as RepositoryError {
            backup.message = error.message
        }
        return backup
    }

    /// The backups that are meant, the oldest of each cluster first.
    private func select(
        _ listed: [SnapshotStore.Listed],
        in location: String
    ) throws(OperationError) -> [SnapshotName] {
        var wanted: Set<SnapshotName> = []
        for name in names {
            let found = try NameLookup.find(
                name,
                cluster: cluster,
                what: "backup",
                among: listed.map(\.name),
                in: location
            )
            wanted.insert(found)
        }
        let chosen = listed.filter { backup in
            names.isEmpty ? cluster.map(backup.name.cluster.hasPrefix) ?? true : wanted.contains(backup.name)
        }
        return chosen.sorted { left, right in
            (left.name.cluster, left.stat.modifiedAt, left.name.name)
                < (right.name.cluster, right.stat.modifiedAt, right.name.name)
        }.map(\.name)
    }

    private func openTarget(_ source: Repository) async throws -> (Repository, isNew: Bool) {
        let location = try settings.otherLocation(
            named: target.location,
            keyFile: target.keyFile,
            passphraseFile: target.passphraseFile
        )
        let access = try LocationAccess(location: location, context: settings.context)
        guard try await access.exists() else {
            try await access.checkIsFree()
            let repository = try await access.create(with: try await access.newKey())
            if let notice = access.keyNotice { settings.context.notify(.information(notice)) }
            return (repository, true)
        }
        let repository = try await access.open()
        guard repository.id != source.id else {
            throw OperationError(
                .usage,
                "Location '\(target.location)' is the repository that is to be copied, or a copy of its objects. Choose "
                    + "another location."
            )
        }
        return (repository, false)
    }
}
