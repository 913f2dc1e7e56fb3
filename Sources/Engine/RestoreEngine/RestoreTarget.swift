package import KubeAPI
package import KubernetesModel

/// What a restore asks of the cluster that it restores into.
///
/// Every method throws `KubeAPIError` or `CancellationError`.
package protocol RestoreTarget: Sendable {
    func discover() async throws -> Discovery

    /// Reads an object.
    func get(_ resource: APIResource, _ name: ObjectName) async throws -> [UInt8]

    /// Creates an object, in one try: repetitions are the restore's affair.
    func create(
        _ resource: APIResource,
        namespace: String?,
        body: [UInt8],
        options: WriteOptions
    ) async throws -> [UInt8]

    /// What replacing an object would make of it. Nothing is changed.
    func rehearseReplace(_ resource: APIResource, _ name: ObjectName, body: [UInt8]) async throws -> [UInt8]

    func mergePatch(
        _ resource: APIResource,
        _ name: ObjectName,
        body: [UInt8],
        options: WriteOptions
    ) async throws -> [UInt8]
}
