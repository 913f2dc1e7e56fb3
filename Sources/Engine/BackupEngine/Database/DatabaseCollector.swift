import Etcd
import Repository

/// Reads an etcd database through its gateway, and writes it page by page into a manifest.
///
/// Pages are compared with those of the parent by their place: etcd rewrites a page where it stands, so an unchanged page
/// costs nothing, however the changed ones are spread.
struct DatabaseCollector: Sendable {
    /// The unit of comparison in bytes: the page of bbolt on most machines, and a divisor of it on the others.
    static let pageSize = 4096

    let client: EtcdClient
    let manifest: ManifestWriter
    let onBytes: @Sendable (Int) -> Void

    /// Nothing of it may be committed unless this returns: only then is the stream's hash verified.
    func collect() async throws -> BackupDetails.Etcd {
        try await manifest.section(prefix: []) { section in
            var rest: [UInt8] = []
            var page: UInt64 = 0
            let summary = try await client.snapshot { chunk in
                rest.append(contentsOf: chunk)
                var position = 0
                while rest.count - position >= Self.pageSize {
                    _ = try await section.put(rest[position..<(position + Self.pageSize)], at: ManifestKey.number(page))
                    page += 1
                    position += Self.pageSize
                }
                rest.removeFirst(position)
                onBytes(chunk.count)
            }
            if !rest.isEmpty {
                _ = try await section.put(rest[...], at: ManifestKey.number(page))
                page += 1
            }
            return BackupDetails.Etcd(
                endpoint: summary.endpoint,
                version: summary.status.version,
                clusterID: String(summary.status.clusterID, radix: 16),
                revision: summary.revision.value,
                isRevisionExact: summary.revision.isExact,
                sizeInBytes: summary.sizeInBytes,
                databaseSHA256: summary.sha256.hexadecimal,
                pageSize: Self.pageSize,
                pages: Int(page),
                changedPages: section.storedCount
            )
        }
    }
}
