import KubeAPI
import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Owners of objects that exist")
struct RestoreExistingTests {
    private static func references(_ owners: [(name: String, uid: String)]) -> JSONValue {
        .array(
            owners.map { owner in
                [
                    "apiVersion": "example.com/v1", "kind": "Order", "name": .string(owner.name),
                    "uid": .string(owner.uid),
                ]
            }
        )
    }

    /// Two orders that own one object.
    private static func table(_ path: String) -> [String: String] {
        let references = ["y", "z"].map {
            "{'apiVersion': 'example.com/v1', 'kind': 'Order', 'name': '\($0)', 'uid': 'uid-orders.example.com/shop/\($0)'}"
        }
        return [
            "namespaces/shop": "{}", "orders.example.com/shop/y": "{}", "orders.example.com/shop/z": "{}",
            path: "{'metadata': {'ownerReferences': [\(references.joined(separator: ", "))]}}",
        ]
    }

    /// Restores where the object is there already.
    ///
    /// - Parameters:
    ///   - manager: Who made it.
    ///   - change: How it differs, but for its owners.
    private func restore(
        _ path: String,
        ownedBy owners: [(name: String, uid: String)] = [],
        manager: String = "kbackup",
        defaults: @escaping @Sendable (inout KubernetesObject) -> Void = { _ in },
        change: (inout KubernetesObject) -> Void = { _ in }
    ) async throws -> (report: RestoreReport, object: KubernetesObject) {
        let fixture = try await BackupFixture(Self.table(path))
        let target = ScriptedTarget(serving: fixture.source, defaults: defaults)
        let key = try key(path)
        var live = try object("{'apiVersion': 'v1', 'metadata': {}}")
        live.kind = BackupFixture.kind(of: key.resource)
        live.name = key.name
        live.namespace = key.namespace
        live["metadata", "managedFields"] = [["manager": .string(manager)]]
        if !owners.isEmpty { live["metadata", "ownerReferences"] = Self.references(owners) }
        defaults(&live)
        change(&live)
        target.put(path, live)
        let report = try await RestoreEngine(target: target, source: fixture.source, time: ScriptedTime().time)
            .run(name: "r", targetCluster: "target", spec: RestoreSpec(), program: "test")
        return (report, try #require(target.object(path)))
    }

    private func owners(of object: KubernetesObject) -> [String] { object.ownerReferences.map(\.uid).sorted() }

    private let both = ["new-orders.example.com/shop/y", "new-orders.example.com/shop/z"]
    private let y = [(name: "y", uid: "new-orders.example.com/shop/y")]

    @Test("What a restore that was cut off left without owners gets them", arguments: [false, true])
    func cutOff(hasOne: Bool) async throws {
        let (report, object) = try await restore("configmaps/shop/c", ownedBy: hasOne ? y : [])
        #expect(report.conflicts == [])
        #expect(report.resources.first { $0.resource == "configmaps" }?.unchanged == 1)
        #expect(owners(of: object) == both)
    }

    @Test("It gets them also where the server has filled in defaults")
    func defaults() async throws {
        let (report, object) = try await restore(
            "configmaps/shop/c",
            ownedBy: y,
            defaults: { $0["spec", "filledIn"] = "by the server" }
        )
        #expect(report.conflicts == [])
        #expect(owners(of: object) == both)
    }

    @Test("It gets them also where it has been changed since, and is left as it is otherwise")
    func changed() async throws {
        let (report, object) = try await restore("configmaps/shop/c", change: { $0["data"] = ["x": "1"] })
        #expect(report.conflicts.map(\.reason) == ["exists and differs in data; it was left as it is"])
        #expect(owners(of: object) == both)
        #expect(object["data", "x"]?.text == "1")
    }

    @Test("What somebody else has made is left without owners, and that is told")
    func foreign() async throws {
        let (report, object) = try await restore("configmaps/shop/c", manager: "a-user")
        #expect(
            report.conflicts.map(\.reason) == ["exists and differs in metadata.ownerReferences; it was left as it is"]
        )
        #expect(owners(of: object) == [])
    }

    @Test("An owner that only the cluster knows stays, and that is told")
    func more() async throws {
        let (report, object) = try await restore("configmaps/shop/c", ownedBy: y + [(name: "x", uid: "other")])
        #expect(report.conflicts.map(\.subject) == ["configmaps/shop/c"])
        #expect(owners(of: object) == both + ["other"])
    }

    @Test("A lease and a service account get them, too", arguments: ["kbackup", "a-user"])
    func mergedAndSkipped(manager: String) async throws {
        let (accounts, account) = try await restore("serviceaccounts/shop/robot", ownedBy: y, manager: manager)
        #expect(accounts.resources.first { $0.resource == "serviceaccounts" }?.updated == 1)
        #expect(owners(of: account) == both)
        let (_, lease) = try await restore("leases.coordination.k8s.io/shop/l", manager: manager)
        #expect(owners(of: lease) == (manager == "kbackup" ? both : []))
    }

    @Test("A service account with another label is told, and gets the secrets that it lacks all the same")
    func accountInConflict() async throws {
        let fixture = try await BackupFixture([
            "serviceaccounts/shop/robot": """
            {'metadata': {'labels': {'team': 'a'}}, 'imagePullSecrets': [{'name': 'registry'}]}
            """
        ])
        let target = ScriptedTarget(serving: fixture.source)
        target.put(
            "serviceaccounts/shop/robot",
            try object(
                """
                {'apiVersion': 'v1', 'kind': 'ServiceAccount', 'metadata': {'name': 'robot', 'namespace': 'shop',
                 'labels': {'team': 'b'}}}
                """
            )
        )
        let report = try await RestoreEngine(target: target, source: fixture.source, time: ScriptedTime().time)
            .run(name: "r", targetCluster: "target", spec: RestoreSpec(), program: "test")
        let reason =
            "exists and differs in metadata.labels.team; that was left as it is, and what it lacked was added"
        #expect(report.conflicts.map(\.reason) == [reason])
        let account = try #require(target.object("serviceaccounts/shop/robot"))
        #expect(account["imagePullSecrets", 0, "name"]?.text == "registry")
        #expect(account.labels["team"] == "b")
    }
}
