import Crypto
import Foundation
import KubernetesModel
import Repository

@testable import BackupEngine
@testable import Operations

/// A backup that is written into a repository without a cluster.
struct SampleBackup {
    var name = "nightly"
    var cluster = "11111111-aaaa"
    var startedAt = TestUser.now
    /// By key; JSON.
    var objects: [StoredObjectKey: String] = [:]
    /// An etcd database, without its hash.
    var database: [UInt8]?
    var failures: [BackupDetails.Failure] = []

    static let web = StoredObjectKey(group: "apps", resource: "deployments", namespace: "shop", name: "web")
    static let settings = StoredObjectKey(group: "", resource: "configmaps", namespace: "shop", name: "settings")
    static let shop = StoredObjectKey(group: "", resource: "namespaces", namespace: "", name: "shop")

    /// With an object of each scope.
    static let small = SampleBackup(objects: [
        web:
            #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},"spec":{"replicas":2}}"#,
        settings:
            #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"shop"},"data":{"on":"yes"}}"#,
        shop: #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}"#,
    ])

    /// - Parameter change: Last words on the details, before they are stored.
    @discardableResult
    func write(
        to repository: Repository,
        _ change: @escaping @Sendable (inout BackupDetails) -> Void = { _ in }
    ) async throws -> BackupDetails {
        let sample = self
        let written = try await repository.writeBackup(
            SnapshotName(cluster: cluster, name: name),
            parent: nil,
            at: startedAt
        ) { writer in
            var contents: [SnapshotContent] = []
            if !sample.objects.isEmpty {
                let manifest = writer.manifest(.objects, parent: nil, extendsParent: false)
                try await manifest.section(prefix: []) { section in
                    for (key, json) in sample.objects.sorted(by: { $0.key.bytes.isBefore($1.key.bytes) }) {
                        _ = try await section.put(Array(json.utf8)[...], at: key.bytes)
                    }
                }
                contents.append(SnapshotContent(kind: .objects, manifest: try await manifest.finish()))
            }
            if let database = sample.database {
                let file = database + Array(SHA256.hash(data: database))
                let manifest = writer.manifest(.pagedFile, parent: nil, extendsParent: false)
                try await manifest.section(prefix: []) { section in
                    for (page, start) in stride(from: 0, to: file.count, by: 4096).enumerated() {
                        let end = min(start + 4096, file.count)
                        _ = try await section.put(file[start..<end], at: ManifestKey.number(UInt64(page)))
                    }
                }
                contents.append(
                    SnapshotContent(kind: .pagedFile, manifest: try await manifest.finish(), pageSize: 4096)
                )
            }
            return Repository.Draft(contents: contents) { statistics in
                var details = sample.details(statistics)
                change(&details)
                return try details.encoded()
            }
        }
        return try BackupDetails.decode(written.details)
    }

    private func details(_ statistics: WriteStatistics) -> BackupDetails {
        var spec = BackupSpec()
        spec.includesObjects = !objects.isEmpty
        spec.includesEtcd = database != nil
        return BackupDetails(
            name: name,
            phase: failures.isEmpty ? .completed : .partiallyFailed,
            spec: spec,
            cluster: BackupDetails.Cluster(id: cluster, version: "v1.20.2"),
            startedAt: startedAt,
            finishedAt: startedAt.addingTimeInterval(12),
            revision: "1234",
            resources: resources,
            namespaces: Set(objects.keys.map(\.namespace)).filter { !$0.isEmpty }.sorted(),
            exclusions: [BackupDetails.Exclusion(subject: "events", rule: "never backed up", objects: nil)],
            failures: failures,
            warnings: [],
            etcd: etcd,
            parent: nil,
            statistics: statistics,
            program: "kbackup/test"
        )
    }

    private var resources: [BackupDetails.ResourceCount] {
        let kinds = [
            "deployments": "Deployment", "configmaps": "ConfigMap", "namespaces": "Namespace", "ingresses": "Ingress",
        ]
        let groups = Dictionary(grouping: objects) { GroupResource(group: $0.key.group, resource: $0.key.resource) }
        return groups.sorted { $0.key < $1.key }.map { group, objects in
            BackupDetails.ResourceCount(
                group: group.group,
                version: "v1",
                resource: group.resource,
                kind: kinds[group.resource] ?? group.resource,
                isNamespaced: objects.contains { !$0.key.namespace.isEmpty },
                objects: objects.count,
                bytes: objects.reduce(0) { $0 + $1.value.utf8.count },
                changed: objects.count,
                isAtRevision: true,
                terminating: 0
            )
        }
    }

    private var etcd: BackupDetails.Etcd? {
        database.map { database in
            BackupDetails.Etcd(
                endpoint: "https://127.0.0.1:2379",
                version: "3.4.23",
                revision: 42,
                isRevisionExact: true,
                sizeInBytes: database.count + 32,
                databaseSHA256: SHA256.hash(data: database).hexadecimal,
                pageSize: 4096,
                pages: (database.count + 32 + 4095) / 4096,
                changedPages: (database.count + 32 + 4095) / 4096
            )
        }
    }
}
