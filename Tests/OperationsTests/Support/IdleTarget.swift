import KubeAPI
import KubernetesModel
import RestoreEngine

/// A cluster that takes every object and has none.
struct IdleTarget: RestoreTarget {
    func discover() async throws -> Discovery { Discovery(groups: [], resources: [.namespaces]) }

    func get(_ resource: APIResource, _ name: ObjectName) async throws -> [UInt8] {
        throw KubeAPIError(.notFound, "There is no \(name).")
    }

    func create(_ resource: APIResource, namespace: String?, body: [UInt8], options: WriteOptions) async throws
        -> [UInt8]
    { body }

    func rehearseReplace(_ resource: APIResource, _ name: ObjectName, body: [UInt8]) async throws -> [UInt8] { body }

    func mergePatch(_ resource: APIResource, _ name: ObjectName, body: [UInt8], options: WriteOptions) async throws
        -> [UInt8]
    { body }
}
