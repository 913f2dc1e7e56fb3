import FileEngine
import Glibc
import Repository
import SystemPackage

/// Restores the files of a backup into a folder.
package struct RestoreFiles: Sendable {
    let settings: Settings
    let backup: String
    let cluster: String?
    let target: String
    let included: [String]
    let overwrites: Bool

    /// - Parameters:
    ///   - target: The folder; made when it is not there.
    ///   - included: Paths of the backup; empty is everything.
    ///   - overwrites: Whether the folder may hold something, which is replaced.
    package init(
        _ backup: String,
        cluster: String?,
        into target: String,
        including included: [String],
        overwrites: Bool,
        settings: Settings
    ) {
        self.backup = backup
        self.cluster = cluster
        self.target = target
        self.included = included
        self.overwrites = overwrites
        self.settings = settings
    }

    /// Restores the files.
    ///
    /// - Parameter onProgress: Called now and then.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` when the backup has no files, or none of an
    ///   included path; with code ``OperationError/Code/conflict`` when the folder is not empty.
    package func run(
        onProgress: @escaping @Sendable (OperationProgress) -> Void = { _ in }
    ) async throws -> FilesRestoreDocument {
        try await settings.recordedRun("files restore", name: backup, outcome: { $0.phase }) {
            try await restore(onProgress)
        }
    }

    private func restore(
        _ onProgress: @escaping @Sendable (OperationProgress) -> Void
    ) async throws -> FilesRestoreDocument {
        let access = try settings.locationAccess()
        let (repository, name) = try await access.open(backup: backup, cluster: cluster)
        let (snapshot, _) = try await repository.snapshots.read(name)
        guard let content = snapshot.content(.files) else {
            throw OperationError(
                .notFound,
                "Backup '\(backup)' holds no files of a machine. Take one that does with 'kbackup files backup PATH'."
            )
        }
        let path = settings.context.absolutePath(target)
        try prepare(path)
        raiseOpenFileLimit()
        let ledger = FileLedger()
        let restore = FileRestore(
            repository.contents(of: content.manifest),
            FileSelection(included.map { StoredPath($0) }),
            replaces: overwrites,
            ledger: ledger,
            onProgress: { onProgress(.files(files: $0.files, bytes: $0.bytes)) }
        )
        let missing = try await restore.run(into: path)
        if let first = missing.first {
            throw OperationError(
                .notFound,
                "Backup '\(backup)' has no '\(first.text)'. Paths are those that the files had when they were backed up."
            )
        }
        if !restore.isPrivileged {
            settings.context.notify(
                .information("Files belong to you, and not to who owned them: only root can restore owners.")
            )
        }
        return FilesRestoreDocument(
            backup: name.name,
            location: access.location.name,
            target: path.string,
            ledger
        )
    }

    /// Makes the folder, or sees to it that it is empty and may be written.
    private func prepare(_ path: FilePath) throws {
        do {
            try FilesTarget.make(path)
            guard try overwrites || FilesTarget.isEmpty(path) else {
                throw OperationError(
                    .conflict,
                    "'\(path)' is not empty. Name another folder, or restore into it with --overwrite."
                )
            }
        } catch let error as Errno {
            throw FilesTarget.refusal(path, error)
        }
    }

    /// Folders are open all the way down to where a restore is: lets as many be open as the system allows.
    private func raiseOpenFileLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 1 << 16)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
