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
    /// What the member said just before: the snapshot holds its revision or a later one.
    package let status: EtcdStatus
}
