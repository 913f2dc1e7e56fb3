import HTTPTransport
import KubeAPI
import KubernetesModel

extension KubeClient {
    /// A client of a fake server, which waits for nothing.
    static func impatient(_ server: FakeAPIServer, credentials: KubeCredentials = .none) -> KubeClient {
        KubeClient(connection: .fake(server, credentials: credentials), retryPolicy: .impatient)
    }
}

extension KubeConnection {
    static func fake(_ server: FakeAPIServer, credentials: KubeCredentials = .none) -> KubeConnection {
        KubeConnection(server: server.url, proxyURL: "", credentials: credentials, source: "context 'test' of 'file'")
    }
}

extension RetryPolicy {
    static var impatient: RetryPolicy {
        var policy = RetryPolicy()
        policy.maximumAttempts = 3
        policy.firstDelay = .milliseconds(1)
        policy.maximumDelay = .milliseconds(2)
        return policy
    }
}

extension APIResource {
    static let configMaps = APIResource(
        gvr: GroupVersionResource(group: "", version: "v1", resource: "configmaps"),
        kind: "ConfigMap",
        isNamespaced: true
    )
    static let secrets = APIResource(
        gvr: GroupVersionResource(group: "", version: "v1", resource: "secrets"),
        kind: "Secret",
        isNamespaced: true
    )
    static let clusterRoles = APIResource(
        gvr: GroupVersionResource(group: "rbac.authorization.k8s.io", version: "v1", resource: "clusterroles"),
        kind: "ClusterRole",
        isNamespaced: false
    )
}
