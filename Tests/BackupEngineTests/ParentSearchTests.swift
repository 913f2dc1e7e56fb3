import Foundation
import ObjectStore
import Repository
import Testing

@testable import BackupEngine

@Suite("Earlier backups to build on")
struct ParentSearchTests {
    private static let cluster = FakeCluster(
        ["configmaps", "secrets"],
        ["namespaces/shop": "{}", "namespaces/other": "{}", "configmaps/shop/a": "{}", "secrets/other/b": "{}"]
    )
    private static let id = "11111111-aaaa"

    @Test("An unchanged backup writes nothing again, however many backups of other selections lie between")
    func otherSelections() async throws {
        let repository = try await FakeCluster.emptyRepository()
        _ = try await Self.cluster.backup("all", into: repository)
        for number in 0..<20 {
            _ = try await Self.cluster.backup("other-\(number)", into: repository) { $0.includedNamespaces = ["other"] }
        }
        let again = try await Self.cluster.backup("again", into: repository)
        #expect(again.details.parent == "all")
        #expect(again.details.statistics.newRecords == 0)
    }

    @Test("Without a backup of the same selection, one that took everything goes before newer ones that did not")
    func takesAll() async throws {
        let repository = try await FakeCluster.emptyRepository()
        _ = try await Self.cluster.backup("all", into: repository)
        _ = try await Self.cluster.backup("other", into: repository) { $0.includedNamespaces = ["other"] }
        let shop = try await Self.cluster.backup("shop", into: repository) { $0.includedNamespaces = ["shop"] }
        #expect(shop.details.parent == "all")
        #expect(shop.details.statistics.newRecords == 0)
    }

    @Test("A database of the same etcd is found in whatever cluster's backups, and no other is")
    func etcd() async throws {
        let repository = try await FakeCluster.emptyRepository()
        try await write("alone", of: "etcd-abc", etcd: "abc", to: repository)
        for number in 0..<12 { try await write("later-\(number)", of: "etcd-def", etcd: "def", to: repository) }
        let search = search(repository, of: Self.id, etcd: "abc")
        #expect(try await search.run().parents.database?.name == SnapshotName(cluster: "etcd-abc", name: "alone"))
        // And the other way round: taken with the objects, and now without.
        try await write("together", of: Self.id, etcd: "123", to: repository)
        let alone = self.search(repository, of: "etcd-123", etcd: "123")
        #expect(try await alone.run().parents.database?.name == SnapshotName(cluster: Self.id, name: "together"))
        let none = self.search(repository, of: "etcd-456", etcd: "456")
        #expect(try await none.run().parents.database == nil)
    }

    @Test("No more is read than is allowed")
    func bound() async throws {
        let repository = try await FakeCluster.emptyRepository()
        try await write("old", of: "etcd-abc", etcd: "abc", to: repository)
        var search = search(repository, of: "etcd-abc", etcd: "abc")
        #expect(try await search.run().parents.database != nil)
        search.readLimit = 10
        #expect(try await search.run().parents.database == nil)
    }

    @Test("Of many snapshots that cannot be read, some are told by name and the others counted")
    func unreadable() async throws {
        let repository = try await FakeCluster.emptyRepository()
        for number in 0..<9 {
            try await repository.store.put(
                Array("no snapshot".utf8),
                at: ObjectKey("snapshots/\(Self.id)/broken-\(number)"),
                if: .absent
            )
        }
        let warnings = try await search(repository, of: Self.id, etcd: "abc").run().warnings
        #expect(warnings.count == 4)
        #expect(warnings.last == "6 more backups cannot be built on.")
    }

    private func search(_ repository: Repository, of cluster: String, etcd: String) -> ParentSearch {
        var spec = BackupSpec()
        spec.includesObjects = false
        spec.includesEtcd = true
        return ParentSearch(repository: repository, cluster: cluster, etcdCluster: etcd, spec: spec)
    }

    /// Writes a backup of a database of one page.
    private func write(_ name: String, of cluster: String, etcd: String, to repository: Repository) async throws {
        var spec = BackupSpec()
        spec.includesObjects = false
        spec.includesEtcd = true
        let (specification, date) = (spec, Date(timeIntervalSince1970: 1))
        _ = try await repository.writeBackup(
            SnapshotName(cluster: cluster, name: name),
            parent: nil,
            at: date
        ) { writer in
            let manifest = writer.manifest(.pagedFile, parent: nil, extendsParent: false)
            try await manifest.section(prefix: []) { section in
                _ = try await section.put(Array(name.utf8)[...], at: ManifestKey.number(0))
            }
            let content = SnapshotContent(kind: .pagedFile, manifest: try await manifest.finish(), pageSize: 4096)
            return Repository.Draft(contents: [content]) { statistics in
                try BackupDetails(
                    name: name,
                    phase: .completed,
                    spec: specification,
                    cluster: BackupDetails.Cluster(id: cluster, version: ""),
                    startedAt: date,
                    finishedAt: date,
                    revision: nil,
                    resources: [],
                    namespaces: [],
                    exclusions: [],
                    failures: [],
                    warnings: [],
                    etcd: BackupDetails.Etcd(
                        endpoint: "http://127.0.0.1:2379",
                        version: "3.5.0",
                        clusterID: etcd,
                        revision: 1,
                        isRevisionExact: true,
                        sizeInBytes: name.utf8.count,
                        databaseSHA256: "",
                        pageSize: 4096,
                        pages: 1,
                        changedPages: 1
                    ),
                    parent: nil,
                    statistics: statistics,
                    program: "kbackup/test"
                ).encoded()
            }
        }
    }
}
