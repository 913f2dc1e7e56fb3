import Etcd
import KubeAPI
import KubernetesModel

/// What a cluster has at the moment a backup begins, and what of it is selected.
struct ClusterSurvey: Sendable {
    var cluster: BackupDetails.Cluster
    /// What discovery shows, each resource in its preferred version.
    var served: [APIResource] = []
    /// The resources to back up, and the namespaces; `nil` when no objects are.
    var objects: (resources: ResourceSelection, scope: NamespaceScope)?
    /// Whether the namespaces are all of the cluster's.
    var takesAllNamespaces = true
    var exclusions: [BackupDetails.Exclusion] = []
    var failures: [BackupDetails.Failure] = []
    /// What may be a mistake in what was asked for.
    var warnings: [String] = []
    /// The etcd cluster whose database is to be backed up, as ``BackupDetails/Etcd/clusterID``; `nil` when none is, or it
    /// does not answer.
    var etcdCluster: String?
    /// Of the list of namespaces; lists are to be of the same.
    var revision: String?

    var namespaces: [String] { objects?.scope.selected.sorted() ?? [] }

    /// The one thing there is to know where only a database is backed up.
    init(database etcd: EtcdClient) async throws {
        let id = String(try await etcd.status().clusterID, radix: 16)
        cluster = BackupDetails.Cluster(id: Self.clusterID(ofEtcd: id), version: "")
        etcdCluster = id
    }

    /// The id of the cluster that a backup is of when it holds an etcd database alone.
    static func clusterID(ofEtcd id: String) -> String { "etcd-\(id)" }

    /// Finds out whose database is backed up beside the objects.
    ///
    /// An etcd that does not answer is a failure: the objects are worth having without its database.
    mutating func ask(_ etcd: EtcdClient) async throws {
        do {
            etcdCluster = String(try await etcd.status().clusterID, radix: 16)
        } catch let error as EtcdError {
            failures.append(BackupDetails.Failure(etcd: error))
        }
    }

    /// Asks the API server.
    ///
    /// - Throws: ``BackupEngineError`` when `spec` names what there is not; `KubeAPIError`.
    init(of client: KubeClient, _ spec: BackupSpec) async throws {
        let labels = try Self.labelSelector(spec)
        let version = try await client.serverVersion()
        cluster = BackupDetails.Cluster(id: try await client.clusterIdentity(), version: version.gitVersion)
        let discovery = try await client.discover()
        served = discovery.preferredResources
        failures = discovery.failures.map { failure in
            BackupDetails.Failure(subject: failure.groupVersion, reason: failure.message)
        }
        let selection = try NamespaceSelection(spec)
        var namespaces: [String: [String: String]] = [:]
        let list = try await client.list(.namespaces) { item in namespaces[item.name] = item.labels }
        revision = RevisionProbe.usable(list.resourceVersion)
        let (scope, excludedNamespaces, namespaceWarnings) = try selection.select(from: namespaces)
        takesAllNamespaces = scope.selected.count == namespaces.count
        let resources = try ResourceSelection(
            resources: served,
            spec: spec,
            includesAllNamespaces: selection.includesEverything
        )
        objects = (resources, scope)
        exclusions = excludedNamespaces + resources.exclusions
        failures += resources.failures
        warnings = namespaceWarnings + resources.warnings
        if !labels.requirements.isEmpty {
            // What the server does not even list cannot be counted.
            exclusions.append(.init(subject: "objects without the labels", rule: "--selector \(spec.labelSelector)"))
        }
    }

    /// - Throws: ``BackupEngineError`` for a selector that cannot be read.
    static func labelSelector(_ spec: BackupSpec) throws(BackupEngineError) -> LabelSelector {
        do {
            return try LabelSelector(parsing: spec.labelSelector)
        } catch {
            throw BackupEngineError(
                .invalidSpec,
                "The label selector '\(spec.labelSelector)' cannot be read: \(error)"
            )
        }
    }
}

extension BackupDetails.Failure {
    /// The database could not be read.
    init(etcd error: EtcdError) { self.init(subject: "the etcd database", reason: "\(error)") }
}
