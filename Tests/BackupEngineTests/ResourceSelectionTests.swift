import KubernetesModel
import Testing

@testable import BackupEngine

@Suite("Resource selection")
struct ResourceSelectionTests {
    private static func resource(
        _ name: String,
        kind: String,
        short: [String] = [],
        namespaced: Bool = true,
        verbs: Set<String> = ["create", "delete", "get", "list"]
    ) -> APIResource {
        let name = GroupResource(name)
        return APIResource(
            gvr: GroupVersionResource(group: name.group, version: "v1", resource: name.resource),
            kind: kind,
            singular: kind.lowercased(),
            shortNames: short,
            isNamespaced: namespaced,
            verbs: verbs
        )
    }

    private let cluster = [
        resource("pods", kind: "Pod", short: ["po"]),
        resource("events", kind: "Event"),
        resource("namespaces", kind: "Namespace", namespaced: false),
        resource("nodes", kind: "Node", namespaced: false),
        resource("componentstatuses", kind: "ComponentStatus", namespaced: false, verbs: ["get", "list"]),
        resource("tokenreviews.authentication.k8s.io", kind: "TokenReview", namespaced: false, verbs: ["create"]),
        resource("deployments.apps", kind: "Deployment", short: ["deploy"]),
        resource("events.events.k8s.io", kind: "Event"),
        resource("ingresses.extensions", kind: "Ingress"),
        resource("ingresses.networking.k8s.io", kind: "Ingress"),
        resource("storageclasses.storage.k8s.io", kind: "StorageClass", namespaced: false),
    ]

    private func selection(_ all: Bool = true, _ change: (inout BackupSpec) -> Void = { _ in }) throws
        -> ResourceSelection
    {
        var spec = BackupSpec()
        change(&spec)
        return try ResourceSelection(resources: cluster, spec: spec, includesAllNamespaces: all)
    }

    private func names(_ selection: ResourceSelection, _ extent: ResourceSelection.Extent) -> [String] {
        selection.selected.filter { $0.extent == extent }.map(\.resource.groupResource.description).sorted()
    }

    @Test("By default everything is taken, each object once")
    func everything() throws {
        let selection = try selection()
        let all = [
            "deployments.apps", "events", "ingresses.networking.k8s.io", "nodes", "pods",
            "storageclasses.storage.k8s.io",
        ]
        #expect(names(selection, .all) == all)
        #expect(names(selection, .needed) == ["namespaces"])
        #expect(
            selection.exclusions.map(\.subject).sorted() == [
                "componentstatuses", "events.events.k8s.io", "ingresses.extensions",
            ]
        )
    }

    @Test("With some namespaces, cluster-scoped objects that those need are taken")
    func someNamespaces() throws {
        let selection = try selection(false)
        #expect(names(selection, .needed) == ["namespaces", "storageclasses.storage.k8s.io"])
        let rule = "cluster-scoped, and not needed by the selected namespaces"
        #expect(selection.exclusions.contains(.init(subject: "nodes", rule: rule)))
    }

    @Test("With labels, resources that others may need are looked through for what is needed, too")
    func labels() throws {
        let selection = try selection { $0.labelSelector = "app=web" }
        #expect(names(selection, .labelledOrNeeded) == ["namespaces", "storageclasses.storage.k8s.io"])
        #expect(names(selection, .all).contains("nodes"))
        let some = try self.selection(false) {
            $0.labelSelector = "app=web"
            $0.includedResources = ["pods"]
        }
        #expect(names(some, .needed) == ["namespaces", "storageclasses.storage.k8s.io"])
    }

    @Test(
        "Every resource that can be listed is selected or excluded by a rule",
        arguments: [true, false],
        [nil, true, false]
    )
    func complete(all: Bool, clusterResources: Bool?) throws {
        let selection = try selection(all) {
            $0.includeClusterResources = clusterResources
            $0.includedResources = ["po", "nodes"]
        }
        let named = selection.selected.map(\.resource.groupResource.description) + selection.exclusions.map(\.subject)
        let listable = cluster.filter { $0.verbs.contains("list") }.map(\.groupResource.description)
        #expect(named.sorted() == listable.sorted())
    }

    @Test("include-cluster-resources decides for all", arguments: [true, false])
    func clusterResources(included: Bool) throws {
        let selection = try selection(false) { $0.includeClusterResources = included }
        #expect(names(selection, .all).contains("nodes") == included)
        #expect(names(selection, .needed).contains("storageclasses.storage.k8s.io") == false)
    }

    @Test(
        "Kinds are understood as users write them",
        arguments: [
            "deploy", "Deployment", "deployments", "deployments.apps", "deployments.v1.apps", "*.apps", "deploy*",
        ]
    )
    func kinds(text: String) throws {
        let selection = try selection { $0.includedResources = [text] }
        #expect(names(selection, .all) == ["deployments.apps"])
    }

    @Test(
        "A name without a group means the core group's resource, as for kubectl and a restore",
        arguments: [
            ("services", ["services"]), ("svc", ["services"]), ("Service", ["services"]),
            ("services.*", ["services", "services.serving.example.com"]),
            ("service*", ["services", "services.serving.example.com"]),
            ("services.serving.example.com", ["services.serving.example.com"]),
            ("ingresses", ["ingresses.networking.k8s.io"]),
        ]
    )
    func coreFirst(text: String, meant: [String]) throws {
        let resources =
            cluster + [
                Self.resource("services", kind: "Service", short: ["svc"]),
                Self.resource("services.serving.example.com", kind: "Service"),
            ]
        var spec = BackupSpec()
        spec.includedResources = [text]
        let included = try ResourceSelection(resources: resources, spec: spec, includesAllNamespaces: true)
        #expect(names(included, .all) == meant)
        spec = BackupSpec()
        spec.excludedResources = [text]
        let excluded = try ResourceSelection(resources: resources, spec: spec, includesAllNamespaces: true)
        #expect(
            excluded.exclusions.filter { $0.rule == "--exclude-resources \(text)" }.map(\.subject).sorted() == meant
        )
    }

    @Test("An excluded kind is left out, with the flag as the rule")
    func excluded() throws {
        let selection = try selection { $0.excludedResources = ["po"] }
        #expect(!names(selection, .all).contains("pods"))
        #expect(selection.exclusions.contains(.init(subject: "pods", rule: "--exclude-resources po")))
    }

    @Test("A kind that the cluster does not have is an error that says it", arguments: ["widgets", "pods.apps"])
    func unknown(text: String) {
        let error = #expect(throws: BackupEngineError.self) { try selection { $0.excludedResources = [text] } }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("'\(text)'") == true)
    }
}
