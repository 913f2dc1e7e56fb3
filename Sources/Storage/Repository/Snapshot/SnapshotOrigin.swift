/// Which backup of another repository a backup is a copy of.
///
/// Ids are keyed, so that those of two repositories do not compare. This tells that a copy has been made before.
package struct SnapshotOrigin: Codable, Sendable, Hashable {
    package let repository: RepositoryID
    /// The root hashes of its contents there, in their order.
    package let rootHashes: [ManifestHash]

    init(_ snapshot: Snapshot, in repository: Repository) {
        self.repository = repository.id
        rootHashes = snapshot.contents.map(\.manifest.rootHash)
    }
}
