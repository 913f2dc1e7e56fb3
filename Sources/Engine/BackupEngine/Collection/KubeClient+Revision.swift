import KubeAPI
import KubernetesModel

extension KubeClient {
    /// The cluster's revision now, as the list of its namespaces tells it; `nil` when the server does not.
    func currentRevision() async throws -> String? {
        var options = ListOptions()
        options.limit = 1
        return try await listPage(.namespaces, options: options) { _ in }.resourceVersion
    }
}
