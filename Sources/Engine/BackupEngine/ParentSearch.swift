import Concurrency
import ObjectStore
import Repository

/// Looks for the earlier backups that a new one builds on: the newest first, until those with the needed contents are
/// found.
///
/// As a rule that is the first. Backups of other selections, of objects or of a database alone, may lie before it in any
/// number: writing everything again costs more than reading them.
struct ParentSearch: Sendable {
    let repository: Repository
    /// The cluster under whose id the new backup will be.
    let cluster: String
    /// The etcd cluster whose database is backed up; `nil` when none is.
    let etcdCluster: String?
    let spec: BackupSpec

    /// In bytes: as much is read of the snapshots of this cluster, and as much again of those of others.
    var readLimit = 16 << 20

    /// How many are read at once, when the newest was not the right one.
    private static let width = 8

    /// As many more are looked at when a backup of the same selection is found, but something is missing in it.
    private static let mostAfterPartial = 8

    /// As many snapshots that cannot be read are told by name.
    private static let mostNamed = 3

    /// A snapshot as it was read.
    private enum Found: Sendable {
        case snapshot(Snapshot, BackupDetails)
        /// Deleted by somebody else since it was listed.
        case gone
        case unreadable(RepositoryError)
    }

    private struct State {
        var parents = ParentBackups()
        var readAfterPartial = 0
        var unreadable: [String] = []
    }

    /// - Returns: What was found, and what the operator should know. A snapshot that cannot be read is passed over: a new
    ///   backup must be possible beside a damaged one.
    func run() async throws -> (parents: ParentBackups, warnings: [String]) {
        let listed = try await repository.snapshots.recentList()
            .sorted { ($0.stat.modifiedAt, $0.name.name) > ($1.stat.modifiedAt, $1.name.name) }
        var state = State()
        try await look(through: listed.filter { isOwn($0.name) }, &state)
        // The database of this etcd may have been taken together with the objects of the cluster, or without them.
        if etcdCluster != nil, state.parents.database == nil {
            try await look(through: listed.filter { !isOwn($0.name) }, &state)
        }
        var warnings = Array(state.unreadable.prefix(Self.mostNamed))
        if state.unreadable.count > warnings.count {
            warnings.append("\(state.unreadable.count - warnings.count) more backups cannot be built on.")
        }
        return (state.parents, warnings)
    }

    private func isOwn(_ name: SnapshotName) -> Bool {
        name.cluster == cluster || name.cluster == etcdCluster.map(ClusterSurvey.clusterID(ofEtcd:))
    }

    private func look(through listed: [SnapshotStore.Listed], _ state: inout State) async throws {
        var rest = listed[...]
        var budget = readLimit
        var width = 1
        while let first = rest.first, !isDone(state) {
            guard first.stat.sizeInBytes <= budget else { return }
            let batch = rest.prefix(width).prefix { listed in
                budget -= listed.stat.sizeInBytes
                return budget >= 0
            }
            rest = rest.dropFirst(batch.count)
            let snapshots = repository.snapshots
            let found = try await Array(batch).concurrentMap(width: Self.width) { listed -> Found in
                do {
                    let (snapshot, details) = try await snapshots.read(listed.name)
                    return .snapshot(snapshot, try BackupDetails.decode(details))
                } catch let error as RepositoryError {
                    return error.code == .backupNotFound ? .gone : .unreadable(error)
                }
            }
            for (listed, found) in zip(batch, found) where !isDone(state) {
                consider(found, listed.name, &state)
            }
            width = Self.width
        }
    }

    private func isDone(_ state: State) -> Bool {
        let hasObjects =
            switch state.parents.objects?.kinship {
            case .sameSelection: true
            case .partial: state.readAfterPartial >= Self.mostAfterPartial
            case .takesAll, .otherSelection, nil: false
            }
        return (!spec.includesObjects || hasObjects) && (etcdCluster == nil || state.parents.database != nil)
    }

    private func consider(_ found: Found, _ name: SnapshotName, _ state: inout State) {
        if state.parents.objects?.kinship == .partial { state.readAfterPartial += 1 }
        switch found {
        case .gone: break
        case .unreadable(let error):
            guard isOwn(name) else { return }
            state.unreadable.append("Backup '\(name.name)' cannot be built on: \(error)")
        case .snapshot(let snapshot, let details):
            if spec.includesObjects, name.cluster == cluster, let content = snapshot.content(.objects) {
                let kinship = kinship(details)
                if state.parents.objects.map({ $0.kinship < kinship }) ?? true {
                    state.parents.objects = (name, content.manifest, kinship)
                }
            }
            if state.parents.database == nil, isOfEtcd(name, details), let content = snapshot.content(.pagedFile),
                content.pageSize == DatabaseCollector.pageSize
            {
                state.parents.database = (name, content)
            }
        }
    }

    private func kinship(_ details: BackupDetails) -> ParentBackups.Kinship {
        let selection = details.spec.selection
        if selection == spec.selection { return details.phase == .completed ? .sameSelection : .partial }
        return selection == BackupSpec() ? .takesAll : .otherSelection
    }

    private func isOfEtcd(_ name: SnapshotName, _ details: BackupDetails) -> Bool {
        guard let etcdCluster else { return false }
        // Backups of before this was noted: those of one Kubernetes cluster are of one etcd.
        return details.etcd?.clusterID.map { $0 == etcdCluster } ?? isOwn(name)
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
