import KubernetesModel
import Testing

@testable import BackupEngine

@Suite("Servers that are not sound")
struct OddServerTests {
    @Test("An object that is not of the namespace that was asked for is a failure by name, and the others are stored")
    func otherNamespace() async throws {
        let cluster = FakeCluster(
            ["configmaps"],
            [
                "namespaces/shop": "{}", "namespaces/other": "{}", "configmaps/shop/a": "{}",
                "configmaps/shop/b": #"{"metadata":{"name":"b","namespace":"other"}}"#, "configmaps/shop/c": "{}",
            ]
        )
        let result = try await cluster.backup { $0.includedNamespaces = ["shop"] }
        #expect(result.stored == ["configmaps/shop/a", "configmaps/shop/c", "namespaces/shop"])
        #expect(result.details.phase == .partiallyFailed)
        #expect(result.details.failures.map(\.subject) == ["configmaps/other/b"])
        #expect(result.details.failures[0].reason.contains("in the list of namespace 'shop'"))
    }

    @Test(
        "An object that no key can stand for is a failure by name",
        arguments: [
            ("configmaps", #"{"metadata":{"name":"odd"}}"#, "configmaps/odd", "without its namespace"),
            (
                "configmaps", #"{"metadata":{"name":"a/b","namespace":"shop"}}"#, "configmaps/shop/a/b",
                "with a '/' in its name"
            ),
            (
                "configmaps", #"{"metadata":{"name":"odd","namespace":"a/b"}}"#, "configmaps/a/b/odd",
                "with a '/' in its name"
            ),
            ("*nodes", #"{"metadata":{"name":"odd","namespace":"shop"}}"#, "nodes/shop/odd", "with a namespace"),
        ]
    )
    func unplaceable(resource: String, json: String, subject: String, reason: String) async throws {
        let name = String(resource.drop { $0 == "*" })
        let place = resource.hasPrefix("*") ? name : "\(name)/shop"
        let cluster = FakeCluster(
            [resource],
            ["namespaces/shop": "{}", "\(place)/good": "{}", "\(name)/odd": json]
        )
        let result = try await cluster.backup()
        #expect(result.stored == ["namespaces/kube-system", "namespaces/shop", "\(place)/good"].sorted())
        #expect(result.details.failures.map(\.subject) == [subject])
        #expect(result.details.failures.allSatisfy { $0.reason.contains(reason) })
        #expect(result.count(name)?.objects == 1)
    }

    @Test("Of very many that cannot be stored, some are named and the others counted")
    func many() async throws {
        var objects = ["namespaces/shop": "{}"]
        for number in 0..<250 {
            objects["configmaps/shop/\(number)"] = #"{"metadata":{"name":"n\#(number)","namespace":"other"}}"#
        }
        let result = try await FakeCluster(["configmaps"], objects).backup { $0.includedNamespaces = ["shop"] }
        #expect(result.details.failures.count == 101)
        #expect(result.details.failures.last?.subject == "configmaps in namespace shop")
        #expect(result.details.failures.last?.reason.contains("150 more") == true)
    }

    @Test("An object that has to be looked into and cannot be is stored, and told by name")
    func unreadable() async throws {
        var cluster = FakeCluster(
            ["pods", "*clusterroles.rbac.authorization.k8s.io"],
            ["namespaces/shop": "{}"]
        )
        cluster.override = { request in
            let items =
                switch request.path {
                case "/api/v1/namespaces/shop/pods":
                    #"{"metadata":{"name":"a","namespace":"shop"}},{"metadata":{"name":"b","namespace":"shop"},"x":1,"x":2}"#
                case "/apis/rbac.authorization.k8s.io/v1/clusterroles":
                    #"{"metadata":{"name":"r"},"x":1,"x":2}"#
                default: ""
                }
            guard !items.isEmpty else { return nil }
            return FakeServer.Answer(
                body: #"{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"100"},"items":[\#(items)]}"#
            )
        }
        let result = try await cluster.backup { $0.includedNamespaces = ["shop"] }
        #expect(result.stored == ["namespaces/shop", "pods/shop/a", "pods/shop/b"])
        #expect(
            result.details.failures.map(\.subject) == ["pods/shop/b", "clusterroles.rbac.authorization.k8s.io/r"]
        )
        #expect(result.details.failures.allSatisfy { $0.reason.contains("a key occurs twice") })
    }

    @Test("A resource whose group could be part of another's keys is a failure")
    func slashInGroup() throws {
        let resource = APIResource(
            gvr: GroupVersionResource(group: "a/b", version: "v1", resource: "things"),
            kind: "Thing",
            isNamespaced: true
        )
        let selection = try ResourceSelection(resources: [resource], spec: BackupSpec(), includesAllNamespaces: true)
        #expect(selection.selected.isEmpty)
        #expect(selection.failures.map(\.subject) == ["things.a/b"])
    }
}
