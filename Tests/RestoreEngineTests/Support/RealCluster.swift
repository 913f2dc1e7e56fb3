import Foundation
import KubeAPI
import KubernetesModel
import Testing

@testable import RestoreEngine

/// A running cluster: `KBACKUP_TEST_KUBECONFIG` names its kubeconfig.
///
/// See `integration/README.md`.
struct RealCluster {
    static let kubeconfig = ProcessInfo.processInfo.environment["KBACKUP_TEST_KUBECONFIG"] ?? ""
    static var isAvailable: Bool { !kubeconfig.isEmpty }

    let client: KubeClient
    /// Tells the objects of one test from those of others: they run side by side.
    let suffix = String((0..<6).map { _ in "bcdfghjklmnpqrstvwxz".randomElement() ?? "x" })

    init() throws {
        var options = KubeConnectionOptions()
        options.kubeconfig = Self.kubeconfig
        client = KubeClient(
            connection: try KubeConnection.resolve(options, environment: ProcessInfo.processInfo.environment)
        )
    }

    private func resource(_ path: String) async throws -> APIResource {
        let resource = try key(path).groupResource
        let served = try await client.discover().resource(resource)
        return try #require(served, "the cluster serves \(resource)")
    }

    /// Creates an object under the path that ``key(_:)`` reads; kind, name and namespace are filled in.
    @discardableResult
    func create(_ path: String, _ json: String) async throws -> KubernetesObject {
        let key = try key(path)
        let resource = try await resource(path)
        var object = try object(json)
        object.apiVersion = resource.apiVersion
        object.kind = resource.kind
        object.name = key.name
        let namespace = key.namespace.isEmpty ? nil : key.namespace
        object.namespace = namespace
        let answer = try await client.create(
            resource,
            namespace: namespace,
            body: object.serialized(),
            options: WriteOptions(fieldManager: "a-user")
        )
        return try KubernetesObject(parsing: answer)
    }

    func get(_ path: String) async throws -> KubernetesObject {
        try KubernetesObject(parsing: try await client.get(try await resource(path), Self.name(try key(path))))
    }

    func exists(_ path: String) async throws -> Bool {
        do {
            _ = try await get(path)
            return true
        } catch let error as KubeAPIError where error.code == .notFound {
            return false
        }
    }

    func delete(_ path: String) async throws {
        do {
            try await client.delete(try await resource(path), Self.name(try key(path)))
        } catch let error as KubeAPIError where error.code == .notFound {
            return
        }
    }

    /// Takes the finalizers away from an object.
    func release(_ path: String) async throws {
        _ = try await client.mergePatch(
            try await resource(path),
            Self.name(try key(path)),
            body: Array(#"{"metadata":{"finalizers":null}}"#.utf8),
            options: WriteOptions(fieldManager: "a-user")
        )
    }

    /// The objects of a resource in a namespace.
    func list(_ resource: GroupResource, in namespace: String?) async throws -> [KubernetesObject] {
        let served = try #require(try await client.discover().resource(resource), "the cluster serves \(resource)")
        var objects: [KubernetesObject] = []
        try await client.list(served, namespace: namespace) { item in
            objects.append(try KubernetesObject(parsing: item.bytes))
        }
        return objects
    }

    /// Waits until something is so; fails after a minute.
    func wait(until what: String, _ isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await !isSo() {
            try #require(ContinuousClock.now < deadline, "gave up waiting until \(what)")
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Backs up all that lies in some namespaces, and the cluster-scoped objects whose names hold ``suffix``.
    func backUp(_ namespaces: [String]) async throws -> RestoreSource {
        var records: [(key: StoredObjectKey, record: [UInt8])] = []
        for resource in try await client.discover().preferredResources where resource.verbs.contains("list") {
            let places: [String?] = resource.isNamespaced ? namespaces : [nil]
            for namespace in places {
                try await client.list(resource, namespace: namespace) { item in
                    guard namespace != nil || item.name.contains(suffix) else { return }
                    let key = StoredObjectKey(
                        group: resource.gvr.group,
                        resource: resource.gvr.resource,
                        namespace: item.namespace ?? "",
                        name: item.name
                    )
                    records.append((key, item.objectBytes(apiVersion: resource.apiVersion, kind: resource.kind)))
                }
            }
        }
        return try await BackupFixture(records).source
    }

    func restore(_ source: RestoreSource, _ change: (inout RestoreSpec) -> Void = { _ in }) async throws
        -> RestoreReport
    {
        var spec = RestoreSpec()
        change(&spec)
        return try await RestoreEngine(client: client, source: source)
            .run(name: "test", targetCluster: "target", spec: spec, program: "test")
    }

    private static func name(_ key: StoredObjectKey) -> ObjectName {
        ObjectName(namespace: key.namespace.isEmpty ? nil : key.namespace, name: key.name)
    }
}

extension RestoreReport {
    /// How many objects had one fate.
    func total(_ field: KeyPath<ResourceCount, Int>) -> Int { resources.reduce(0) { $0 + $1[keyPath: field] } }
}
