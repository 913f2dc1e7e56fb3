/// A snapshot that came whole and with the right hash.
package struct EtcdSnapshotSummary: Sendable, Hashable, Codable {
    /// The endpoint that sent it.
    package let endpoint: String
    /// Everything the consumer got: the database and the 32 bytes of its hash.
    package let sizeInBytes: Int
    /// The database alone.
    package let databaseSizeInBytes: Int
    /// SHA-256 of the database alone; equals the last 32 bytes of the snapshot.
    package let sha256: [UInt8]
    /// The database's page size, where its header is readable.
    package let pageSizeInBytes: Int?
    /// The newest revision in the database, as `etcdctl snapshot status` reads it; `nil` when it could not be found.
    package let databaseRevision: Int64?
    /// What the member said just before: the snapshot holds its revision or a later one.
    package let status: EtcdStatus

    /// The revision of the snapshot.
    ///
    /// - Returns: Exact where the database tells it. A database whose newest changes were compacted away tells less than
    ///   the member did: then, and when it tells nothing, it is of at least the member's.
    package var revision: (value: Int64, isExact: Bool) {
        guard let databaseRevision, databaseRevision >= status.revision else { return (status.revision, false) }
        return (databaseRevision, true)
    }
}
