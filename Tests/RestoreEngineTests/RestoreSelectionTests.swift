import KubeAPI
import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Restore selection")
struct RestoreSelectionTests {
    private static let resources = [
        ("", "configmaps", "ConfigMap", true), ("", "namespaces", "Namespace", false),
        ("", "services", "Service", true),
        ("", "persistentvolumes", "PersistentVolume", false), ("apps", "deployments", "Deployment", true),
        ("apps", "replicasets", "ReplicaSet", true), ("serving.example.com", "services", "Service", true),
        ("shop.example.com", "orders", "Order", true),
    ].map {
        BackedUpResource(group: $0.0, version: "v1", resource: $0.1, kind: $0.2, isNamespaced: $0.3, objects: 1)
    }

    private static let served = Discovery(
        groups: [],
        resources: [
            APIResource(
                gvr: GroupVersionResource(group: "apps", version: "v1", resource: "deployments"),
                kind: "Deployment",
                singular: "deployment",
                shortNames: ["deploy"],
                isNamespaced: true
            ),
            APIResource(
                gvr: GroupVersionResource(group: "", version: "v1", resource: "configmaps"),
                kind: "ConfigMap",
                singular: "configmap",
                shortNames: ["cm"],
                isNamespaced: true
            ),
        ]
    )

    private func selection(_ change: (inout RestoreSpec) -> Void) throws -> RestoreSelection {
        var spec = RestoreSpec()
        change(&spec)
        return try RestoreSelection(
            spec,
            resources: Self.resources,
            namespaces: ["shop", "shop-data", "web"],
            served: Self.served
        )
    }

    @Test("Two namespaces do not become one, whether both are mapped or one is")
    func oneTarget() throws {
        for mappings in [["shop": "x", "web": "x"], ["shop": "web"]] {
            let error = #expect(throws: RestoreError.self) { try selection { $0.namespaceMappings = mappings } }
            #expect(error?.code == .invalidSpec)
            #expect(error?.message.contains("namespace 'shop' and namespace 'web'") == true)
        }
        _ = try selection { $0.namespaceMappings = ["shop": "web", "web": "shop"] }
        _ = try selection {
            $0.namespaceMappings = ["shop": "web"]
            $0.includedNamespaces = ["shop"]
        }
    }

    @Test(
        "Kinds are found as users write them",
        arguments: [
            ("configmaps", ["configmaps"]), ("cm", ["configmaps"]), ("ConfigMap", ["configmaps"]),
            ("configmap", ["configmaps"]), ("deploy", ["deployments.apps"]), ("deployments.apps", ["deployments.apps"]),
            ("deploy.apps", ["deployments.apps"]), ("deployments.v1.apps", ["deployments.apps"]),
            ("Deployment.apps", ["deployments.apps"]), ("*.apps", ["deployments.apps", "replicasets.apps"]),
            ("services", ["services"]), ("services.serving.example.com", ["services.serving.example.com"]),
            ("orders", ["orders.shop.example.com"]), ("configmaps.v1", ["configmaps"]),
            ("*", resources.map(\.groupResource.description)),
        ] as [(String, [String])]
    )
    func kinds(text: String, expected: [String]) throws {
        let selection = try selection { $0.includedResources = [text] }
        #expect(selection.resources == Set(expected.map { GroupResource($0) }))
    }

    @Test(
        "A kind of which the backup holds nothing is an error that tells what it holds",
        arguments: ["pods", "*.example.org", "deployments.extensions", "svc", ""]
    )
    func unknownKind(text: String) throws {
        let error = #expect(throws: RestoreError.self) { _ = try selection { $0.excludedResources = [text] } }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("deployments.apps") == true)
    }

    @Test(
        "Namespaces are taken by name and pattern",
        arguments: [
            ([], [], ["shop", "shop-data", "web"]), (["shop"], [], ["shop"]), (["shop*"], [], ["shop", "shop-data"]),
            (["*"], ["web"], ["shop", "shop-data"]), ([], ["shop*"], ["web"]),
            (["[sw]*"], ["shop-?ata"], ["shop", "web"]),
        ] as [([String], [String], [String])]
    )
    func namespaces(included: [String], excluded: [String], expected: [String]) throws {
        let selection = try selection {
            $0.includedNamespaces = included
            $0.excludedNamespaces = excluded
        }
        #expect(selection.namespaces == Set(expected))
        #expect(selection.includes(try key("namespaces/shop")) == expected.contains("shop"))
        #expect(selection.includes(try key("configmaps/shop/a")) == expected.contains("shop"))
    }

    @Test("A namespace that the backup does not hold is an error that tells which it holds")
    func unknownNamespace() {
        for change: (inout RestoreSpec) -> Void in [
            { $0.includedNamespaces = ["nope"] }, { $0.excludedNamespaces = ["no*"] },
            { $0.namespaceMappings = ["nope": "a"] },
        ] {
            let error = #expect(throws: RestoreError.self) { _ = try selection(change) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("shop-data") == true)
        }
    }

    @Test("What cannot be read is an invalid specification")
    func invalid() {
        for change: (inout RestoreSpec) -> Void in [
            { $0.includedNamespaces = ["[a"] }, { $0.labelSelector = "a in b" },
            { $0.namespaceMappings = ["shop": "Not A Name"] }, { $0.namespaceMappings = ["shop": ""] },
        ] {
            #expect(throws: RestoreError.self) { _ = try selection(change) }
        }
    }

    @Test(
        "Cluster-scoped objects come all, none, or as others need them",
        arguments: [
            (nil, [], true, true), (nil, ["*"], true, true), (nil, ["shop"], false, true), (true, ["shop"], true, true),
            (false, [], false, false),
        ] as [(Bool?, [String], Bool, Bool)]
    )
    func clusterScope(include: Bool?, namespaces: [String], takesAll: Bool, takesNeeded: Bool) throws {
        var selection = try selection {
            $0.includeClusterResources = include
            $0.includedNamespaces = namespaces
        }
        let volume = try key("persistentvolumes/a")
        #expect(selection.includes(volume) == takesAll)
        guard takesNeeded else { return }
        selection.needed = [volume]
        #expect(selection.includes(volume))
    }

    @Test("Labels select objects, but not those that others need")
    func labels() throws {
        var selection = try selection { $0.labelSelector = "app=web" }
        let map = try key("configmaps/shop/a")
        #expect(selection.takesLabels(of: map, try object("{'metadata': {'labels': {'app': 'web'}}}")))
        #expect(!selection.takesLabels(of: map, try object("{'metadata': {}}")))
        selection.needed = [try key("persistentvolumes/a")]
        #expect(selection.takesLabels(of: try key("persistentvolumes/a"), try object("{}")))
    }
}
