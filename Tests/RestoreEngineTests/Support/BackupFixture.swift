import Foundation
import KubernetesModel
import ObjectStore
import Repository
import RestoreEngine

/// A backup of a few objects, in a repository in memory.
struct BackupFixture {
    let source: RestoreSource

    /// - Parameter table: Objects as JSON (see ``object(_:)``) under the paths that ``key(_:)`` reads. Kind, name and namespace
    ///   are filled in, and a uid `uid-<path>` where there is none.
    init(_ table: [String: String]) async throws {
        var records: [(key: StoredObjectKey, record: [UInt8])] = []
        for (path, json) in table {
            let key = try key(path)
            records.append((key, Self.complete(try object(json), key, path).serialized()))
        }
        try await self.init(records)
    }

    init(_ records: [(key: StoredObjectKey, record: [UInt8])]) async throws {
        let repository = try await Repository.create(
            in: InMemoryObjectStore(),
            key: .makeKeyFile(),
            at: Date(timeIntervalSince1970: 0)
        )
        let sections = Dictionary(grouping: records) { GroupResource(group: $0.key.group, resource: $0.key.resource) }
        let written = try await repository.writeBackup(
            SnapshotName(cluster: "source", name: "fixture"),
            parent: nil,
            at: Date(timeIntervalSince1970: 1)
        ) { writer in
            let manifest = writer.manifest(.objects, parent: nil, extendsParent: false)
            for (resource, records) in sections {
                let prefix = StoredObjectKey.prefix(group: resource.group, resource: resource.resource)
                try await manifest.section(prefix: prefix) { section in
                    for (key, record) in records.sorted(by: { $0.key.bytes.isBefore($1.key.bytes) }) {
                        _ = try await section.put(record[...], at: key.bytes)
                    }
                }
            }
            let finished = try await manifest.finish()
            return Repository.Draft(contents: [SnapshotContent(kind: .objects, manifest: finished)]) { _ in [] }
        }
        var resources: [BackedUpResource] = []
        for (resource, records) in sections.sorted(by: { $0.key < $1.key }) {
            let first = try KubernetesObject(parsing: records[0].record)
            resources.append(
                BackedUpResource(
                    group: resource.group,
                    version: String((first.apiVersion ?? "v1").split(separator: "/").last ?? "v1"),
                    resource: resource.resource,
                    kind: first.kind ?? "",
                    isNamespaced: !records[0].key.namespace.isEmpty,
                    objects: records.count
                )
            )
        }
        let namespaces = records.map { $0.key.resource == "namespaces" ? $0.key.name : $0.key.namespace }
        source = RestoreSource(
            backup: "fixture",
            cluster: "source",
            contents: repository.contents(of: written.snapshot.content(.objects)?.manifest ?? Manifest()),
            resources: resources,
            namespaces: Set(namespaces).subtracting([""]).sorted()
        )
    }

    /// `configmaps` → `ConfigMap` where it matters; elsewhere any kind will do.
    static let kinds = [
        "configmaps": "ConfigMap", "namespaces": "Namespace", "pods": "Pod", "replicasets": "ReplicaSet",
        "services": "Service", "serviceaccounts": "ServiceAccount", "jobs": "Job", "deployments": "Deployment",
        "persistentvolumeclaims": "PersistentVolumeClaim", "persistentvolumes": "PersistentVolume",
    ]

    static func kind(of resource: String) -> String {
        kinds[resource] ?? resource.dropLast(resource.hasSuffix("s") ? 1 : 0).capitalized
    }

    private static func complete(_ object: KubernetesObject, _ key: StoredObjectKey, _ path: String) -> KubernetesObject
    {
        var object = object
        if object.apiVersion == nil { object.apiVersion = key.group.isEmpty ? "v1" : "\(key.group)/v1" }
        object.kind = kind(of: key.resource)
        object.name = key.name
        if !key.namespace.isEmpty { object.namespace = key.namespace }
        if object.uid == nil { object.uid = "uid-\(path)" }
        return object
    }
}
