import Foundation
import KubernetesModel
import Testing

@testable import BackupEngine
@testable import Operations

@Suite("What differs between two backups")
struct CompareBackupsTests {
    private static func key(_ resource: String, _ name: String, group: String = "", namespace: String = "shop")
        -> StoredObjectKey
    { StoredObjectKey(group: group, resource: resource, namespace: namespace, name: name) }

    private static let old = SampleBackup(
        name: "old",
        objects: [
            SampleBackup.shop: #"{"kind":"Namespace"}"#,
            SampleBackup.web: #"{"spec":{"replicas":2,"template":{"containers":[{"name":"a","image":"a:1"}]}}}"#,
            SampleBackup.settings: #"{"data":{"on":"yes"}}"#,
            key("secrets", "login"): #"{"data":{"user":"YQ==","word":"b2xk"},"type":"Opaque"}"#,
            key("configmaps", "gone", namespace: "team-a"): #"{"data":{}}"#,
            key("namespaces", "team-a", namespace: ""): #"{"kind":"Namespace"}"#,
        ],
        database: [UInt8](repeating: 1, count: 4096 * 4)
    )

    private static let new = SampleBackup(
        name: "new",
        objects: [
            SampleBackup.shop: #"{"kind":"Namespace"}"#,
            SampleBackup.web:
                #"{"spec":{"replicas":3,"template":{"containers":[{"name":"b","image":"b:1"},{"image":"a:2","name":"a"}]}}}"#,
            SampleBackup.settings: #"{"data":{"on":"yes"}}"#,
            key("secrets", "login"): #"{"data":{"user":"YQ==","word":"bmV3","more":"eA=="},"type":"Opaque"}"#,
            key("namespaces", "team-a", namespace: ""): #"{"kind":"Namespace","status":{}}"#,
            key("pods", "new", namespace: "team-a"): #"{}"#,
        ],
        database: [UInt8](repeating: 1, count: 4096) + [UInt8](repeating: 2, count: 4096 * 4)
    )

    private func write(_ backups: [SampleBackup], _ user: TestUser) async throws {
        let repository = try await user.settings().locationAccess().openForWriting()
        for backup in backups { try await backup.write(to: repository) }
    }

    /// The objects that differ, the counts, and what is known before.
    private func compare(
        _ user: TestUser,
        _ selection: ObjectSelection = ObjectSelection(),
        _ first: String = "old",
        _ second: String = "new",
        showsChanges: Bool = false
    ) async throws -> (lines: [String], counts: DifferenceCounts, comparison: BackupComparison?) {
        var lines: [String] = []
        var comparison: BackupComparison?
        let counts = try await CompareBackups(
            first,
            second,
            cluster: nil,
            selection: selection,
            showsChanges: showsChanges,
            settings: try user.settings()
        ).run(
            onBegin: { comparison = $0 },
            onObject: { difference in
                lines.append("\(difference.change) \(difference.object)")
                lines += (difference.fields ?? []).map { "  \($0.text)" }
            }
        )
        return (lines, counts, comparison)
    }

    @Test("Objects and pages that were added, removed and changed are told")
    func all() async throws {
        try await TestUser.with { user in
            try await write([Self.old, Self.new], user)
            let found = try await compare(user)
            #expect(
                found.lines == [
                    "removed configmaps/team-a/gone", "changed namespaces/team-a", "added pods/team-a/new",
                    "changed secrets/shop/login", "changed deployments.apps/shop/web",
                ]
            )
            #expect(found.counts == DifferenceCounts(added: 1, removed: 1, changed: 3))
            let etcd = try #require(found.comparison?.etcd)
            // The hash at the end is in a page of its own.
            #expect(etcd == DifferenceCounts(added: 1, removed: 0, changed: 4))
            #expect(found.comparison?.notCompared == [])
            let none = try await compare(user, ObjectSelection(), "old", "old")
            #expect(none.lines.isEmpty)
            #expect(none.comparison?.differs == false)
        }
    }

    @Test("Changed fields are shown, and what Secrets keep is not")
    func fields() async throws {
        try await TestUser.with { user in
            try await write([Self.old, Self.new], user)
            let found = try await compare(
                user,
                ObjectSelection(includedNamespaces: ["shop"]),
                showsChanges: true
            )
            #expect(
                found.lines == [
                    "changed secrets/shop/login",
                    "  data.word: <hidden>, changed",
                    "  data.more: <hidden>, added",
                    "changed deployments.apps/shop/web",
                    "  spec.replicas: 2 -> 3",
                    #"  spec.template.containers[a].image: "a:1" -> "a:2""#,
                    #"  spec.template.containers[b]: {"name":"b","image":"b:1"}, added"#,
                ]
            )
        }
    }

    @Test(
        "Namespaces and resources narrow what is compared",
        arguments: [
            (["team-*"], [], ["removed configmaps/team-a/gone", "changed namespaces/team-a", "added pods/team-a/new"]),
            ([], ["deploy", "ns"], ["changed namespaces/team-a", "changed deployments.apps/shop/web"]),
            ([], ["*.apps"], ["changed deployments.apps/shop/web"]), (["shop"], ["cm"], []),
            (["*"], ["secrets", "*"], nil),
        ] as [([String], [String], [String]?)]
    )
    func selections(namespaces: [String], resources: [String], lines: [String]?) async throws {
        try await TestUser.with { user in
            try await write([Self.old, Self.new], user)
            let selection = ObjectSelection(includedNamespaces: namespaces, includedResources: resources)
            let found = try await compare(user, selection).lines
            #expect(found.count == lines?.count ?? 5)
            if let lines { #expect(found == lines) }
        }
    }

    @Test("What neither backup has is not found")
    func notFound() async throws {
        try await TestUser.with { user in
            try await write([Self.old, Self.new], user)
            for selection in [
                ObjectSelection(includedNamespaces: ["shops"]), ObjectSelection(includedResources: ["ingress"]),
            ] {
                let error = await #expect(throws: OperationError.self) { try await compare(user, selection) }
                #expect(error?.code == .notFound)
                #expect(error?.message.contains("Neither 'old' nor 'new' holds") == true)
            }
            let error = await #expect(throws: OperationError.self) {
                try await compare(user, ObjectSelection(), "old", "newer")
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test("Data that one backup lacks is told, and so is what makes objects look removed")
    func unequal() async throws {
        try await TestUser.with { user in
            var etcd = SampleBackup(name: "etcd", database: Self.old.database)
            etcd.cluster = "22222222-bbbb"
            var partial = Self.new
            partial.name = "partial"
            partial.failures = [.init(subject: "secrets", reason: "timed out")]
            try await write([Self.old, etcd, partial], user)
            let found = try await compare(user, ObjectSelection(), "etcd", "old")
            #expect(found.lines.isEmpty)
            #expect(found.comparison?.notCompared == [.init(data: "objects", onlyIn: "old")])
            #expect(found.comparison?.etcd?.isEmpty == true)
            #expect(found.comparison?.differs == true)
            #expect(user.warnings.isEmpty)
            _ = try await compare(user, ObjectSelection(), "old", "partial")
            #expect(user.warnings.count == 1)
            #expect(user.warnings.first?.hasPrefix("Backup 'partial' is PartiallyFailed") == true)
        }
    }

    @Test("Lists are paired by names where all have one; managed fields are one field; kinds of numbers are equal")
    func pairing() throws {
        func changes(_ before: String, _ after: String, isSecret: Bool = false) throws -> [String] {
            try FieldDifference.all(
                from: JSONValue(parsing: Array(before.utf8)),
                to: JSONValue(parsing: Array(after.utf8)),
                isSecret: isSecret
            ).map(\.text)
        }
        #expect(try changes(#"{"a":[1,2,3]}"#, #"{"a":[1,4]}"#) == ["a[1]: 2 -> 4", "a[2]: 3, removed"])
        #expect(try changes(#"{"a":[{"name":"x"},{"name":"x"}]}"#, #"{"a":[{"name":"y"}]}"#).count == 2)
        #expect(try changes(#"{"a":1,"b":null}"#, #"{"b":null,"a":1.0}"#) == [])
        #expect(
            try changes(
                #"{"metadata":{"managedFields":[{"f":{"k":1}}],"labels":{"a.b/c":"1"}}}"#,
                #"{"metadata":{"managedFields":[{"f":{"k":2}}],"labels":{"a.b/c":"2"}}}"#
            ) == ["metadata.managedFields: <hidden>, changed", #"metadata.labels[a.b/c]: "1" -> "2""#]
        )
        let applied = "kubectl.kubernetes.io/last-applied-configuration"
        let secret = try changes(
            #"{"metadata":{"annotations":{"\#(applied)":"word"}},"dataset":1,"stringData":{"a.b":"x"}}"#,
            #"{"metadata":{"annotations":{"\#(applied)":"other"}},"dataset":2}"#,
            isSecret: true
        )
        #expect(
            secret == [
                "metadata.annotations[\(applied)]: <hidden>, changed", "dataset: 1 -> 2",
                "stringData: <hidden>, removed",
            ]
        )
        let long = String(repeating: "x", count: 500)
        #expect(try changes(#"{"a":"\#(long)"}"#, "{}")[0].count < 120)
    }
}
