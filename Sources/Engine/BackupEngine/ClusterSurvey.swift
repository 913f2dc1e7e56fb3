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
    /// Of the list of namespaces; lists are to be of the same.
    var revision: String?

    var namespaces: [String] { objects?.scope.selected.sorted() ?? [] }

    /// The one thing there is to know where only a database is backed up.
    init(database etcd: EtcdClient) async throws {
        let status = try await etcd.status()
        cluster = BackupDetails.Cluster(id: "etcd-\(String(status.clusterID, radix: 16))", version: "")
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
        let (scope, excludedNamespaces) = try selection.select(from: namespaces)
        takesAllNamespaces = scope.selected.count == namespaces.count
        let resources = try ResourceSelection(
            resources: served,
            spec: spec,
            includesAllNamespaces: selection.includesEverything
        )
        objects = (resources, scope)
        exclusions = excludedNamespaces + resources.exclusions
        failures += resources.failures
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
