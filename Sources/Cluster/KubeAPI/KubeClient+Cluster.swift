import HTTPTypes
package import KubernetesModel

/// What `/version` says.
package struct ServerVersion: Sendable, Hashable {
    /// For example `1`.
    package var major: String
    /// For example `20` or `29+`.
    package var minor: String
    /// For example `v1.20.2`.
    package var gitVersion: String
    package var platform: String

    package init(major: String, minor: String, gitVersion: String, platform: String) {
        self.major = major
        self.minor = minor
        self.gitVersion = gitVersion
        self.platform = platform
    }
}

extension KubeClient {
    /// The server's version.
    ///
    /// A good first request: it tells a server that is no Kubernetes API server from one that is.
    package func serverVersion() async throws -> ServerVersion {
        let call = APICall(.get, "/version", action: "tell its version")
        let body: [UInt8]
        do {
            body = try await answer(call)
        } catch let error as KubeAPIError where error.code == .notFound {
            throw notKubernetes("it has no '/version'")
        }
        let version = (try? JSONValue(parsing: body)) ?? .null
        if version["etcdserver"] != nil { throw notKubernetes("it is an etcd server") }
        guard let gitVersion = version["gitVersion"]?.text else {
            throw notKubernetes("its '/version' names no Kubernetes version")
        }
        return ServerVersion(
            major: version["major"]?.text ?? "",
            minor: version["minor"]?.text ?? "",
            gitVersion: gitVersion,
            platform: version["platform"]?.text ?? ""
        )
    }

    /// What tells this cluster from all others, whatever its address: the uid of the namespace `kube-system`.
    package func clusterIdentity() async throws -> String {
        let body = try await get(.namespaces, ObjectName(name: "kube-system"))
        guard let object = try? KubernetesObject(parsing: body), let uid = object.uid else {
            throw KubeAPIError(
                .malformedAnswer,
                "The API server '\(connection.server)' answers for namespace 'kube-system' without a uid."
            )
        }
        return uid
    }
}

extension APIResource {
    /// Namespaces: in the core group since ever.
    package static let namespaces = APIResource(
        gvr: GroupVersionResource(group: "", version: "v1", resource: "namespaces"),
        kind: "Namespace",
        singular: "namespace",
        shortNames: ["ns"],
        isNamespaced: false,
        subresources: ["finalize", "status"]
    )
}
