import BackupEngine
import FileEngine
import Foundation
import Glibc
import ObjectStore
import Repository
import SystemPackage

/// Takes a backup of folders and files of this machine.
package struct BackUpFiles: Sendable {
    let settings: Settings
    let name: String
    let host: String
    let paths: [String]
    let source: FileSource

    /// - Parameters:
    ///   - paths: Relative ones begin at the working folder.
    ///   - name: `nil` chooses `files-<time>`, the time in UTC.
    ///   - host: The machine that the files are of; `nil` is this one.
    ///   - excludes: See ``ExcludePatterns``.
    ///   - staysOnFileSystem: Whether folders on which another file system is mounted are left empty.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage`` when `name` or `host` is no name, and
    ///   ``OperationError/Code/notFound`` when there is no such path.
    package init(
        _ paths: [String],
        name: String?,
        host: String?,
        excludes: [String],
        staysOnFileSystem: Bool,
        settings: Settings
    ) throws(OperationError) {
        if let name { try ResourceName.check(name, of: "backup") }
        if let host { try ResourceName.check(host, of: "machine") }
        let absolute = paths.map { settings.context.absolutePath($0).lexicallyNormalized() }
        for path in absolute where !Self.exists(path) {
            throw OperationError(.notFound, "There is no '\(path)' to back up.")
        }
        self.settings = settings
        self.name = name ?? TimestampedName.make("files", at: settings.context.now())
        self.host = host ?? Self.machineName
        self.paths = Set(absolute.map(\.string)).sorted()
        source = FileSource(
            paths: absolute.map { StoredPath($0.string) },
            excludes: ExcludePatterns(excludes),
            staysOnFileSystem: staysOnFileSystem
        )
    }

    private static func exists(_ path: FilePath) -> Bool {
        var status = stat()
        return unsafe path.withPlatformString { unsafe lstat($0, &status) == 0 }
    }

    /// The name of this machine, as far as it can stand in a name.
    private static var machineName: String {
        let name = ProcessInfo.processInfo.hostName.lowercased()
        return ResourceName.isSubdomain(name) ? name : "localhost"
    }

    /// Takes the backup.
    ///
    /// - Parameter onProgress: Called now and then.
    /// - Returns: What became of it; it may lack something.
    /// - Throws: The errors of the repository and of its store; then there is no backup of that name.
    package func run(
        onProgress: @escaping @Sendable (OperationProgress) -> Void = { _ in }
    ) async throws -> BackupDocument {
        try await settings.recordedRun("files backup", name: name, outcome: { $0.phase }) {
            try await backUp(onProgress)
        }
    }

    private func backUp(_ onProgress: @escaping @Sendable (OperationProgress) -> Void) async throws -> BackupDocument {
        let startedAt = settings.context.now()
        let access = try settings.locationAccess()
        let repository = try await access.openForWriting()
        let snapshot = SnapshotName(cluster: "files-\(host)", name: name)
        if try await repository.snapshots.exists(snapshot) {
            throw RepositoryError(
                .nameTaken,
                "There is a backup '\(name)' already in '\(repository.store.location)'. Choose another name, or delete it."
            )
        }
        var warnings: [String] = []
        var parent = try await FilesParent.find(in: repository, snapshot.cluster, paths, warn: { warnings.append($0) })
        while true {
            do {
                let details = try await write(snapshot, to: repository, parent, startedAt, warnings, onProgress)
                return BackupDocument(details, location: access.location.name)
            } catch let error as DamagedParentError {
                guard let more = parent.giveUp(after: error) else { throw error }
                warnings += more
            }
        }
    }

    private func write(
        _ snapshot: SnapshotName,
        to repository: Repository,
        _ parent: FilesParent,
        _ startedAt: Date,
        _ warnings: [String],
        _ onProgress: @escaping @Sendable (OperationProgress) -> Void
    ) async throws -> BackupDetails {
        let ledger = FileLedger()
        let backup = FileBackup(
            of: source,
            chunker: repository.chunker,
            parent: parent.backup.map {
                FileBackup.Parent(manifest: $0.manifest, reader: repository.contents(of: $0.manifest))
            },
            distrusting: parent.distrusted,
            ledger: ledger,
            now: { [settings] in Int(settings.context.now().timeIntervalSince1970.rounded(.down)) },
            onProgress: { onProgress(.files(files: $0.files, bytes: $0.bytes)) }
        )
        let written = try await repository.writeBackup(
            snapshot,
            parent: parent.backup?.name,
            at: startedAt,
            includesStreams: true,
            distrusting: parent.distrusted
        ) { writer in
            let manifest = try await backup.run(writingTo: writer)
            let warnings = warnings + ledger.warnings + writer.warnings
            return Repository.Draft(contents: [SnapshotContent(kind: .files, manifest: manifest)]) { statistics in
                try details(snapshot, parent.backup?.name, startedAt, ledger, warnings, statistics).encoded()
            }
        }
        return try BackupDetails.decode(written.details)
    }

    private func details(
        _ snapshot: SnapshotName,
        _ parent: String?,
        _ startedAt: Date,
        _ ledger: FileLedger,
        _ warnings: [String],
        _ statistics: WriteStatistics
    ) -> BackupDetails {
        let (named, failureCount) = ledger.failures
        let counts = ledger.counts
        var failures = named.map { (path: $0.path.text, reason: $0.reason) }
        if failureCount > named.count {
            failures.append(("\(failureCount - named.count) more paths", "not named here"))
        }
        return BackupDetails(
            name: name,
            source: snapshot.cluster,
            files: BackupDetails.Files(
                paths: paths,
                excludes: source.excludes.texts,
                staysOnFileSystem: source.staysOnFileSystem,
                files: counts.files,
                bytes: counts.bytes,
                folders: counts.folders,
                symbolicLinks: counts.symbolicLinks,
                others: counts.others,
                readFiles: counts.readFiles,
                readBytes: counts.readBytes
            ),
            startedAt: startedAt,
            finishedAt: settings.context.now(),
            exclusions: ledger.exclusions,
            failures: failures,
            warnings: warnings,
            parent: parent,
            statistics: statistics,
            program: ProgramVersion.name
        )
    }
}
