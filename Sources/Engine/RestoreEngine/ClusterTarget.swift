import HTTPTransport
package import KubeAPI
package import KubernetesModel

/// A cluster behind its API server.
package struct ClusterTarget: RestoreTarget {
    private let client: KubeClient
    /// Creates are repeated by the restore, which slows down all of its requests when the server asks for it.
    private let singleTryClient: KubeClient

    package init(_ client: KubeClient) {
        self.client = client
        var singleTry = client
        singleTry.retryPolicy = .none
        singleTryClient = singleTry
    }

    package func discover() async throws -> Discovery { try await client.discover() }

    package func get(_ resource: APIResource, _ name: ObjectName) async throws -> [UInt8] {
        try await client.get(resource, name)
    }

    package func create(
        _ resource: APIResource,
        namespace: String?,
        body: [UInt8],
        options: WriteOptions
    ) async throws -> [UInt8] {
        try await singleTryClient.create(resource, namespace: namespace, body: body, options: options)
    }

    package func rehearseReplace(_ resource: APIResource, _ name: ObjectName, body: [UInt8]) async throws -> [UInt8] {
        try await client.replace(
            resource,
            name,
            body: body,
            options: WriteOptions(fieldManager: RestoreEngine.fieldManager, dryRun: true)
        )
    }

    package func mergePatch(
        _ resource: APIResource,
        _ name: ObjectName,
        body: [UInt8],
        options: WriteOptions
    ) async throws -> [UInt8] {
        try await client.mergePatch(resource, name, body: body, options: options)
    }
}
