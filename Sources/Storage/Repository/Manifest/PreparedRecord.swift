/// A record with its hashes made: what costs time, and can be done by many tasks before a section takes it in order.
package struct PreparedRecord: Sendable {
    /// What a record of a tree of files is.
    package enum Content: Sendable {
        /// What is known of a file, a folder, or what else there is.
        case node
        /// Bytes of a file.
        case data
    }

    package let key: ManifestKey
    package var length: Int { bytes.count }
    let content: Content
    let bytes: ArraySlice<UInt8>
    let id: RecordID
    /// What the entry adds to the manifest's hash.
    let term: HashLanes
}

extension ManifestWriter {
    /// Makes the hashes of a record of a manifest of files.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/outOfLimits`` for more than 64 MiB.
    package func prepare(
        _ content: PreparedRecord.Content,
        _ record: ArraySlice<UInt8>,
        at key: ManifestKey
    ) throws(RepositoryError) -> PreparedRecord {
        try ManifestSection.checkLength(of: record)
        let id = RecordID(of: record, keys: keys)
        return PreparedRecord(
            key: key,
            content: content,
            bytes: record,
            id: id,
            term: ManifestHash.term(key, id, keys)
        )
    }
}
