import Foundation
import KubernetesModel
import ObjectStore
import RestoreEngine
import Testing

@testable import Repository

/// A backup of a few objects, in a repository in memory.
struct BackupFixture {
    let source: RestoreSource
    let store: InMemoryObjectStore

    /// - Parameter table: Objects as JSON (see ``object(_:)``) under the paths that ``key(_:)`` reads. Kind, name and namespace
    ///   are filled in, and a uid `uid-<path>` where there is none.
    /// - Parameter parent: An earlier backup, on which this one builds.
    init(_ table: [String: String], after parent: [String: String]? = nil) async throws {
        try await self.init(try Self.records(table), after: try parent.map(Self.records))
    }

    private static func records(_ table: [String: String]) throws -> [(key: StoredObjectKey, record: [UInt8])] {
        try table.map { path, json in
            let key = try key(path)
            return (key, complete(try object(json), key, path).serialized())
        }
    }

    init(
        _ records: [(key: StoredObjectKey, record: [UInt8])],
        after earlier: [(key: StoredObjectKey, record: [UInt8])]? = nil
    ) async throws {
        store = InMemoryObjectStore()
        let repository = try await Repository.create(
            in: store,
            key: .makeKeyFile(),
            at: Date(timeIntervalSince1970: 0)
        )
        var parent: Manifest?
        if let earlier { parent = try await Self.write(earlier, to: repository, as: "earlier", parent: nil) }
        let manifest = try await Self.write(records, to: repository, as: "fixture", parent: parent)
        let sections = Dictionary(grouping: records) { GroupResource(group: $0.key.group, resource: $0.key.resource) }
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
            contents: repository.contents(of: manifest),
            resources: resources,
            namespaces: Set(namespaces).subtracting([""]).sorted()
        )
    }

    private static func write(
        _ records: [(key: StoredObjectKey, record: [UInt8])],
        to repository: Repository,
        as name: String,
        parent: Manifest?
    ) async throws -> Manifest {
        let sections = Dictionary(grouping: records) { GroupResource(group: $0.key.group, resource: $0.key.resource) }
        let written = try await repository.writeBackup(
            SnapshotName(cluster: "source", name: name),
            parent: parent == nil ? nil : "earlier",
            at: Date(timeIntervalSince1970: 1)
        ) { writer in
            let manifest = writer.manifest(.objects, parent: parent, extendsParent: parent != nil)
            try await fill(manifest, Array(sections)[...])
            let finished = try await manifest.finish()
            return Repository.Draft(contents: [SnapshotContent(kind: .objects, manifest: finished)]) { _ in [] }
        }
        return written.snapshot.content(.objects)?.manifest ?? Manifest()
    }

    /// Fills a section for each kind, all of them open at once: so no two kinds share a block.
    private static func fill(
        _ manifest: ManifestWriter,
        _ sections: ArraySlice<(key: GroupResource, value: [(key: StoredObjectKey, record: [UInt8])])>
    ) async throws {
        guard let (resource, records) = sections.first else { return }
        let prefix = StoredObjectKey.prefix(group: resource.group, resource: resource.resource)
        try await manifest.section(prefix: prefix) { section in
            for (key, record) in records.sorted(by: { $0.key.bytes.isBefore($1.key.bytes) }) {
                _ = try await section.put(record[...], at: key.bytes)
            }
            try await fill(manifest, sections.dropFirst())
        }
    }

    // MARK: - Damage

    /// Spoils the block in which an object lies.
    func damage(_ path: String) async throws {
        let entry = try #require(try await source.contents.entry(at: try key(path).bytes))
        try await damage(entry.location.block)
    }

    /// Spoils the page of the backup's table, and of no other layer of it, in which an object has its entry.
    ///
    /// - Parameter layer: The oldest is 0.
    func damagePage(of path: String, layer: Int = 0) async throws {
        let key = try key(path).bytes
        let pages = source.contents.manifest.layers[layer].pages
        let page = try #require(pages.last { !key.isBefore($0.firstKey) } ?? pages.first)
        try await damage(page.block)
    }

    private func damage(_ block: BlockLocation) async throws {
        var bytes = try await store.get(block.pack.key, limit: 1 << 30)
        bytes[Int(block.offset) + Int(block.storedLength) / 2] ^= 0x10
        try await store.put(bytes, at: block.pack.key, if: .always)
    }

    /// The packs that hold objects of one kind.
    func packs(of resource: GroupResource) async throws -> Set<ObjectKey> {
        var packs: Set<ObjectKey> = []
        let prefix = StoredObjectKey.prefix(group: resource.group, resource: resource.resource)
        try await source.contents.forEachEntry(prefix: prefix) { packs.insert($0.location.block.pack.key) }
        return packs
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
