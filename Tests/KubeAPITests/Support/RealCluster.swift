import Foundation
import KubeAPI
import KubernetesModel

/// The cluster that `integration/cluster up` has started and `integration/cluster env` tells of.
enum RealCluster {
    static let environment = ProcessInfo.processInfo.environment

    static var kubeconfig: String? {
        environment["KBACKUP_TEST_KUBECONFIG"]
            ?? (environment["KBACKUP_TEST_KUBE_SERVER"] == nil ? nil : environment["KUBECONFIG"])
    }

    static var isThere: Bool { kubeconfig != nil }

    static func connection(token: Bool = false) throws -> KubeConnection {
        var options = KubeConnectionOptions()
        options.kubeconfig = kubeconfig
        if token { options.context = environment["KBACKUP_TEST_KUBE_TOKEN_CONTEXT"] }
        return try KubeConnection.resolve(options, environment: environment)
    }

    static func client(token: Bool = false) throws -> KubeClient {
        KubeClient(connection: try connection(token: token))
    }

    /// Runs `body` in a namespace of its own.
    static func withNamespace(_ body: (KubeClient, String) async throws -> Void) async throws {
        let client = try client()
        let name = "kubeapi-\(UUID().uuidString.lowercased().prefix(8))"
        _ = try await client.create(
            .namespaces,
            namespace: nil,
            body: Array(#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"\#(name)"}}"#.utf8)
        )
        let result: Result<Void, any Error>
        do { result = .success(try await body(client, name)) } catch { result = .failure(error) }
        try await client.delete(.namespaces, ObjectName(name: name))
        try result.get()
    }

    static func configMap(_ name: String, _ data: [String: String] = [:], labels: [String: String] = [:]) -> [UInt8] {
        var object = KubernetesObject(["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)]])
        object.labels = labels
        for (key, value) in data.sorted(by: { $0.key < $1.key }) { object["data", .key(key)] = .string(value) }
        return object.serialized()
    }
}
