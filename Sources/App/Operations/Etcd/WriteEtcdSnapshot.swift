import BackupEngine
import Crypto
import Etcd
import Foundation
import Repository
package import SystemPackage

/// Gives back the etcd snapshot of a backup: the bytes that `etcdctl snapshot save` would have written.
package struct WriteEtcdSnapshot: Sendable {
    /// Where the snapshot goes.
    package enum Target: Sendable {
        /// A file that appears whole or not at all, 0600.
        case file(String, overwrites: Bool)
        /// An open stream, such as standard output: its reader must wait for the end and the exit status.
        case stream(FileDescriptor)
    }

    let settings: Settings
    let backup: String
    let cluster: String?
    let target: Target

    package init(_ backup: String, cluster: String?, to target: Target, settings: Settings) {
        self.backup = backup
        self.cluster = cluster
        self.target = target
        self.settings = settings
    }

    /// Writes the snapshot, and verifies its hash on the way.
    ///
    /// - Parameter onProgress: Called now and then.
    /// - Returns: What was written.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` when the backup has no etcd database, or
    ///   ``OperationError/Code/conflict`` when there is a file already; `RepositoryError` with code `damaged` when its
    ///   bytes are not what was stored; ``OutputClosedError``.
    @concurrent
    package func run(
        onProgress: @Sendable (OperationProgress) -> Void = { _ in }
    ) async throws -> BackupDocument.Etcd {
        let sink: SnapshotSink
        switch target {
        case .stream(let descriptor): sink = SnapshotSink(stream: descriptor)
        case .file(let path, let overwrites):
            sink = try SnapshotSink(path: settings.context.absolutePath(path), overwrites: overwrites)
        }
        do {
            let etcd = try await write(to: sink, onProgress)
            try sink.finish()
            return etcd
        } catch {
            sink.discard()
            throw error
        }
    }

    private func write(
        to sink: SnapshotSink,
        _ onProgress: (OperationProgress) -> Void
    ) async throws -> BackupDocument.Etcd {
        let access = try settings.locationAccess()
        let (repository, name) = try await access.open(backup: backup, cluster: cluster)
        let (snapshot, bytes) = try await repository.snapshots.read(name)
        let document = BackupDocument(try BackupDetails.decode(bytes), location: access.location.name)
        guard let content = snapshot.content(.pagedFile), let etcd = document.etcd else {
            throw OperationError(
                .notFound,
                "Backup '\(backup)' holds no etcd database. Take one with 'kbackup etcd snapshot' or 'kbackup create "
                    + "--etcd-endpoints …'."
            )
        }
        try await write(repository.contents(of: content.manifest), etcd, to: sink, onProgress)
        return etcd
    }

    private func write(
        _ reader: ManifestReader,
        _ etcd: BackupDocument.Etcd,
        to file: SnapshotSink,
        _ onProgress: (OperationProgress) -> Void
    ) async throws {
        let databaseSize = etcd.sizeInBytes - EtcdSnapshotFile.trailingHashSizeInBytes
        var hash = SHA256()
        var trailer: [UInt8] = []
        var written = 0
        var page: UInt64 = 0
        try await reader.forEachRecord { entry, record in
            guard entry.key.number == page else { throw damaged("page \(page) is missing") }
            page += 1
            let inDatabase = max(0, min(record.count, databaseSize - written))
            hash.update(data: record.prefix(inDatabase))
            trailer.append(contentsOf: record.dropFirst(inDatabase))
            guard trailer.count <= EtcdSnapshotFile.trailingHashSizeInBytes else { throw damaged("it is too long") }
            try file.write(record)
            written += record.count
            onProgress(.file(bytes: written, total: etcd.sizeInBytes))
            try Task.checkCancellation()
        }
        let digest = Array(hash.finalize())
        guard written == etcd.sizeInBytes else {
            throw damaged("it has \(written) bytes instead of \(etcd.sizeInBytes)")
        }
        guard digest == trailer, digest.hexadecimal == etcd.databaseSHA256 else { throw damaged("its hash differs") }
    }

    private func damaged(_ problem: String) -> OperationError {
        OperationError(
            .failed,
            "The etcd snapshot of backup '\(backup)' is damaged: \(problem). Use another backup."
        )
    }
}
