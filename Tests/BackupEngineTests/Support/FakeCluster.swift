import Foundation
import HTTPTransport
import KubeAPI
import KubernetesModel
import ObjectStore
import Repository

@testable import BackupEngine

/// A cluster with a few objects, as an API server would list them, and what a backup makes of it.
struct FakeCluster: Sendable {
    /// `pods`, or `*storageclasses.storage.k8s.io` for a cluster-scoped resource.
    var resources: [String]
    /// Under `configmaps/shop/settings` or `nodes/a`; JSON without kind, name and namespace.
    var objects: [String: String]
    var revision = "100"
    /// Answers first; `nil` leaves it to the cluster.
    var override: @Sendable (FakeServer.Request) -> FakeServer.Answer? = { _ in nil }

    init(
        _ resources: [String],
        _ objects: [String: String],
        override: @escaping @Sendable (FakeServer.Request) -> FakeServer.Answer? = { _ in nil }
    ) {
        self.resources = resources + ["*namespaces"]
        self.objects = objects
        self.objects["namespaces/kube-system"] = "{}"
        self.override = override
    }

    /// What a backup holds, and says of itself.
    struct Result: Sendable {
        var details: BackupDetails
        /// `configmaps/shop/settings`, sorted.
        var stored: [String]
        var requests: [FakeServer.Request]

        /// How many objects of a resource each rule has left out.
        func excluded(_ resource: String) -> [String: Int] {
            var rules: [String: Int] = [:]
            for exclusion in details.exclusions where exclusion.subject == resource {
                rules[exclusion.rule] = exclusion.objects
            }
            return rules
        }

        func count(_ resource: String) -> BackupDetails.ResourceCount? {
            details.resources.first { GroupResource(group: $0.group, resource: $0.resource) == GroupResource(resource) }
        }
    }

    /// Backs the cluster up into an empty repository.
    func backup(_ change: (inout BackupSpec) -> Void = { _ in }) async throws -> Result {
        try await backup("test", into: Self.emptyRepository(), change)
    }

    static func emptyRepository() async throws -> Repository {
        try await Repository.create(
            in: InMemoryObjectStore(),
            key: .makeKeyFile(),
            at: Date(timeIntervalSince1970: 0)
        )
    }

    func backup(
        _ name: String,
        into repository: Repository,
        _ change: (inout BackupSpec) -> Void = { _ in }
    ) async throws -> Result {
        var spec = BackupSpec()
        change(&spec)
        let request = BackupEngine.Request(name: name, spec: spec, startedAt: Date(timeIntervalSince1970: 1))
        return try await FakeServer.run(answer) { server in
            let engine = BackupEngine(
                client: Self.client(server),
                etcd: nil,
                repository: repository,
                program: "kbackup/test",
                now: { Date(timeIntervalSince1970: 2) }
            )
            let details = try await engine.run(request)
            let (snapshot, _) = try await repository.snapshots.read(
                SnapshotName(cluster: details.cluster.id, name: name)
            )
            var stored: [String] = []
            let manifest = snapshot.content(.objects)?.manifest ?? Manifest()
            try await repository.contents(of: manifest).forEachRecord { entry, _ in
                stored.append(StoredObjectKey(bytes: entry.key)?.description ?? "?")
            }
            return Result(details: details, stored: stored.sorted(), requests: server.requests)
        }
    }

    static func client(_ server: FakeServer) -> KubeClient {
        var policy = RetryPolicy()
        policy.maximumAttempts = 1
        return KubeClient(
            connection: KubeConnection(server: "http://127.0.0.1:\(server.port)", proxyURL: "", source: "a test"),
            retryPolicy: policy
        )
    }

    // MARK: - The API

    private func answer(_ request: FakeServer.Request) -> FakeServer.Answer {
        if let answer = override(request) { return answer }
        switch request.path {
        case "/version":
            return FakeServer.Answer(
                body: #"{"major":"1","minor":"30","gitVersion":"v1.30.0","platform":"linux/amd64"}"#
            )
        case "/api": return FakeServer.Answer(body: #"{"kind":"APIVersions","versions":["v1"]}"#)
        case "/apis": return FakeServer.Answer(body: groupList)
        case "/api/v1/namespaces/kube-system":
            return FakeServer.Answer(
                body: #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"kube-system","uid":"11111111-aaaa"}}"#
            )
        default: break
        }
        let parts = request.path.split(separator: "/").map(String.init)
        let (group, rest) = parts.first == "api" ? ("", parts.dropFirst(2)) : (parts[1], parts.dropFirst(3))
        if rest.isEmpty { return FakeServer.Answer(body: resourceList(group)) }
        let namespace = rest.count == 3 && rest.first == "namespaces" ? rest[rest.startIndex + 1] : nil
        guard let resource = rest.last else { return .failure(404, "NotFound") }
        return list(GroupResource(group: group, resource: resource), namespace, request)
    }

    /// A list of objects, at the revision that is asked for.
    func list(
        _ resource: GroupResource,
        _ namespace: String?,
        _ request: FakeServer.Request,
        revision: String? = nil
    ) -> FakeServer.Answer {
        let selector = request.query("labelSelector").flatMap { try? LabelSelector(parsing: $0) } ?? LabelSelector([])
        let items = objects.sorted { $0.key < $1.key }.compactMap { path, json -> String? in
            let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts[0] == resource.description else { return nil }
            guard namespace == nil || parts[1] == namespace else { return nil }
            guard var object = try? KubernetesObject(parsing: json.utf8) else { return nil }
            if object.name == nil { object.name = parts[parts.count - 1] }
            if parts.count == 3, object.namespace == nil { object.namespace = parts[1] }
            guard selector.matches(object.labels) else { return nil }
            return String(decoding: object.serialized(), as: UTF8.self)
        }
        let version = revision ?? request.query("resourceVersion") ?? self.revision
        return FakeServer.Answer(
            body:
                #"{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"\#(version)"},"items":[\#(items.joined(separator: ","))]}"#
        )
    }

    private var groupList: String {
        let groups = Set(resources.map { GroupResource($0).group }).subtracting([""]).sorted().map { group in
            #"{"name":"\#(group)","versions":[{"groupVersion":"\#(group)/v1","version":"v1"}],"preferredVersion":{"groupVersion":"\#(group)/v1","version":"v1"}}"#
        }
        return #"{"kind":"APIGroupList","groups":[\#(groups.joined(separator: ","))]}"#
    }

    private func resourceList(_ group: String) -> String {
        let served = resources.filter { GroupResource($0).group == group }.map { text in
            let name = GroupResource(text).resource
            let isNamespaced = !name.hasPrefix("*")
            let resource = isNamespaced ? name : String(name.dropFirst())
            return
                #"{"name":"\#(resource)","singularName":"","namespaced":\#(isNamespaced),"kind":"\#(resource.capitalized)","verbs":["get","list","create"]}"#
        }
        return
            #"{"kind":"APIResourceList","groupVersion":"\#(group.isEmpty ? "v1" : "\(group)/v1")","resources":[\#(served.joined(separator: ","))]}"#
    }
}
