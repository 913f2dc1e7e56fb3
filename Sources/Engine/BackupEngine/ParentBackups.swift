import ObjectStore
import Repository

/// The earlier backups of a cluster that a new one builds on.
struct ParentBackups: Sendable {
    /// The newest with objects; of the same selection, if there is one.
    var objects: (name: String, manifest: Manifest, hasSameSpec: Bool)?
    /// The newest with an etcd database.
    var database: (name: String, content: SnapshotContent)?

    /// Packs that turned out to be damaged.
    private(set) var distrusted: Set<PackID> = []

    /// With more damaged packs than this, no earlier backup is built on.
    private static let mostDistrusted = 3

    /// How many snapshots are looked at: schedules of different selections may alternate.
    private static let mostRead = 8

    /// Looks through the newest backups of a cluster.
    ///
    /// A snapshot that cannot be read is passed over with a warning: a new backup must be possible beside a damaged one.
    static func find(
        in repository: Repository,
        cluster: String,
        spec: BackupSpec,
        warn: (String) -> Void
    ) async throws -> ParentBackups {
        let newest = try await repository.snapshots.list()
            .filter { $0.name.cluster == cluster }
            .sorted { ($0.stat.modifiedAt, $0.name.name) > ($1.stat.modifiedAt, $1.name.name) }
        var parents = ParentBackups()
        for listed in newest.prefix(mostRead) {
            let isDone =
                (!spec.includesObjects || parents.objects?.hasSameSpec == true)
                && (!spec.includesEtcd || parents.database != nil)
            if isDone { break }
            do {
                let (snapshot, details) = try await repository.snapshots.read(listed.name)
                parents.consider(snapshot, details: try BackupDetails.decode(details), spec: spec)
            } catch let error as RepositoryError {
                warn("Backup '\(listed.name.name)' cannot be built on: \(error)")
            }
        }
        return parents
    }

    /// Gives up what turned out to be damaged, for the next try.
    ///
    /// - Returns: What is to be told of it; `nil` when the next try would fail as this one did.
    mutating func giveUp(after error: DamagedParentError) -> [String]? {
        var name: String?
        switch error.manifest {
        case .objects:
            name = objects?.name
            objects = nil
        case .pagedFile:
            name = database?.name
            database = nil
        case .stream, nil: break
        }
        let isNews = distrusted.insert(error.pack).inserted
        if let name {
            return ["Backup '\(name)' cannot be built on, so that everything is written again: \(error)"]
        }
        guard isNews, distrusted.count > Self.mostDistrusted else { return isNews ? [] : nil }
        // Where so much is damaged, more will be: better one full backup than many tries.
        (objects, database) = (nil, nil)
        return [
            "\(distrusted.count) packs of earlier backups turned out to be damaged, so that everything is written again."
        ]
    }

    private mutating func consider(_ snapshot: Snapshot, details: BackupDetails, spec: BackupSpec) {
        if spec.includesObjects, let content = snapshot.content(.objects) {
            let hasSameSpec = details.spec.selection == spec.selection && details.phase == .completed
            if objects == nil || (hasSameSpec && objects?.hasSameSpec == false) {
                objects = (snapshot.name, content.manifest, hasSameSpec)
            }
        }
        if spec.includesEtcd, database == nil, let content = snapshot.content(.pagedFile) {
            database = (snapshot.name, content)
        }
    }
}

extension BackupSpec {
    /// The part that decides which objects are taken.
    fileprivate var selection: BackupSpec {
        var selection = self
        selection.includesEtcd = false
        return selection
    }
}
