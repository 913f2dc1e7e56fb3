import BackupEngine
import ObjectStore
import Repository

/// The earlier backup of the same files that a new one builds on.
struct FilesParent: Sendable {
    private(set) var backup: (name: String, manifest: Manifest)?
    /// Packs that turned out to be damaged.
    private(set) var distrusted: Set<PackID> = []

    /// With more damaged packs than this, no earlier backup is built on.
    private static let mostDistrusted = 3
    /// How many snapshots are looked at: backups of different paths may alternate.
    private static let mostRead = 8

    /// Looks through the newest backups of a machine for one of the same paths.
    ///
    /// A snapshot that cannot be read is passed over with a warning: a new backup must be possible beside a damaged one.
    static func find(
        in repository: Repository,
        _ cluster: String,
        _ paths: [String],
        warn: (String) -> Void
    ) async throws -> FilesParent {
        let newest = try await repository.snapshots.list()
            .filter { $0.name.cluster == cluster }
            .sorted { ($0.stat.modifiedAt, $0.name.name) > ($1.stat.modifiedAt, $1.name.name) }
        var parent = FilesParent()
        for listed in newest.prefix(mostRead) {
            do {
                let (snapshot, details) = try await repository.snapshots.read(listed.name)
                if try BackupDetails.decode(details).files?.paths == paths, let content = snapshot.content(.files) {
                    parent.backup = (snapshot.name, content.manifest)
                    break
                }
            } catch let error as RepositoryError {
                warn("Backup '\(listed.name.name)' cannot be built on: \(error)")
            }
        }
        return parent
    }

    /// Gives up what turned out to be damaged, for the next try.
    ///
    /// - Returns: What is to be told of it; `nil` when the next try would fail as this one did.
    mutating func giveUp(after error: DamagedParentError) -> [String]? {
        let isNews = distrusted.insert(error.pack).inserted
        distrusted.formUnion(error.more)
        if error.manifest != nil, let name = backup?.name {
            backup = nil
            return ["Backup '\(name)' cannot be built on, so that everything is read again: \(error)"]
        }
        guard isNews else { return nil }
        guard distrusted.count > Self.mostDistrusted, backup != nil else { return [] }
        // Where so much is damaged, more will be: better one full backup than many tries.
        backup = nil
        return [
            "\(distrusted.count) packs of earlier backups turned out to be damaged, so that everything is read again."
        ]
    }
}
