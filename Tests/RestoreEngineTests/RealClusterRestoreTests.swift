import KubeAPI
import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Restore into a real cluster", .enabled(if: RealCluster.isAvailable))
struct RealClusterRestoreTests {
    private static let podTemplate = """
        {'metadata': {'labels': {'app': 'web'}}, 'spec': {'terminationGracePeriodSeconds': 0,
          'containers': [{'name': 'c', 'image': 'images.example.com/c'}]}}
        """

    private func makeNamespace(_ cluster: RealCluster, _ name: String) async throws {
        try await cluster.create("namespaces/\(name)", "{}")
        try await cluster.wait(until: "the namespace has its service account") {
            try await cluster.exists("serviceaccounts/\(name)/default")
        }
    }

    private func deleteNamespace(_ cluster: RealCluster, _ name: String) async throws {
        try await cluster.delete("namespaces/\(name)")
        try await cluster.wait(until: "namespace \(name) is gone") { try await !cluster.exists("namespaces/\(name)") }
    }

    @Test("A deleted namespace comes back with its pods adopted, its tokens filled and its owners attached")
    func roundTrip() async throws {
        let cluster = try RealCluster()
        let space = "restore-\(cluster.suffix)"
        try await makeNamespace(cluster, space)
        try await cluster.create("serviceaccounts/\(space)/robot", "{'secrets': [{'name': 'by-hand'}]}")
        try await cluster.create(
            "secrets/\(space)/by-hand",
            """
            {'type': 'kubernetes.io/service-account-token', 'stringData': {'note': 'kept'},
             'metadata': {'annotations': {'kubernetes.io/service-account.name': 'robot'}}}
            """
        )
        let owner = try await cluster.create("configmaps/\(space)/z-owner", "{'data': {'x': '1'}}")
        try await cluster.create(
            "secrets/\(space)/a-owned",
            """
            {'metadata': {'ownerReferences': [{'apiVersion': 'v1', 'kind': 'ConfigMap', 'name': 'z-owner',
              'uid': '\(owner.uid ?? "")'}]}}
            """
        )
        try await cluster.create(
            "deployments.apps/\(space)/web",
            "{'spec': {'replicas': 2, 'selector': {'matchLabels': {'app': 'web'}}, 'template': \(Self.podTemplate)}}"
        )
        try await cluster.create(
            "services/\(space)/web",
            "{'spec': {'selector': {'app': 'web'}, 'ports': [{'port': 80}]}}"
        )
        try await cluster.wait(until: "pods and tokens are there") {
            let token = try await cluster.get("secrets/\(space)/by-hand")["data", "token"]
            return try await cluster.list("pods", in: space).count == 2 && token != nil
        }
        let pods = Set(try await cluster.list("pods", in: space).compactMap(\.name))
        let source = try await cluster.backUp([space])
        try await deleteNamespace(cluster, space)

        let report = try await cluster.restore(source)
        #expect(report.phase == .completed)
        #expect(report.failures == [])
        #expect(report.conflicts == [])

        let replicaSet = try #require(try await cluster.list("replicasets.apps", in: space).first)
        try await cluster.wait(until: "the pods are adopted") {
            try await cluster.list("pods", in: space).allSatisfy { pod in
                pod.ownerReferences.map(\.uid) == [replicaSet.uid ?? "none"]
            }
        }
        #expect(Set(try await cluster.list("pods", in: space).compactMap(\.name)) == pods)
        #expect(try await cluster.list("replicasets.apps", in: space).count == 1)
        try await cluster.wait(until: "the token is filled in again") {
            try await cluster.get("secrets/\(space)/by-hand")["data", "token"] != nil
        }
        #expect(try await cluster.get("secrets/\(space)/by-hand")["data", "note"]?.text == "a2VwdA==")
        let restoredOwner = try await cluster.get("configmaps/\(space)/z-owner")
        #expect(restoredOwner.uid != owner.uid)
        #expect(
            try await cluster.get("secrets/\(space)/a-owned").ownerReferences.map(\.uid) == [
                restoredOwner.uid ?? "none"
            ]
        )

        let again = try await cluster.restore(source)
        #expect(again.phase == .completed)
        #expect(again.total(\.created) == 0)
        #expect(again.conflicts == [])
        try await deleteNamespace(cluster, space)
    }

    @Test("Custom objects come back with their definition, and into a namespace of another name")
    func definitionAndMapping() async throws {
        let cluster = try RealCluster()
        let space = "custom-\(cluster.suffix)"
        let copy = "copy-\(cluster.suffix)"
        let plural = "things\(cluster.suffix)"
        let definition = "customresourcedefinitions.apiextensions.k8s.io/\(plural).restore.example.com"
        try await makeNamespace(cluster, space)
        try await cluster.create(
            definition,
            """
            {'spec': {'group': 'restore.example.com', 'scope': 'Namespaced',
              'names': {'kind': 'Thing\(cluster.suffix)', 'plural': '\(plural)', 'singular': 'thing\(cluster.suffix)',
                'listKind': 'Thing\(cluster.suffix)List'},
              'versions': [{'name': 'v1', 'served': true, 'storage': true, 'schema': {'openAPIV3Schema': {
                'type': 'object', 'x-kubernetes-preserve-unknown-fields': true}}}]}}
            """
        )
        let thing = "\(plural).restore.example.com/\(space)/a"
        try await cluster.wait(until: "the kind is served") {
            try await cluster.client.discover().resource(try key(thing).groupResource) != nil
        }
        try await cluster.create(
            thing,
            "{'spec': {'number': 9007199254740993, 'ratio': 1.50}, 'status': {'kept': true}}"
        )
        try await cluster.create(
            "rolebindings.rbac.authorization.k8s.io/\(space)/b",
            """
            {'roleRef': {'apiGroup': 'rbac.authorization.k8s.io', 'kind': 'ClusterRole', 'name': 'view'},
             'subjects': [{'kind': 'ServiceAccount', 'name': 'default', 'namespace': '\(space)'}]}
            """
        )
        let source = try await cluster.backUp([space])
        try await deleteNamespace(cluster, space)
        try await cluster.delete(definition)
        try await cluster.wait(until: "the definition is gone") { try await !cluster.exists(definition) }

        let report = try await cluster.restore(source) {
            $0.includedNamespaces = [space]
            $0.namespaceMappings = [space: copy]
        }
        #expect(report.phase == .completed)
        #expect(report.failures == [])
        let restored = try await cluster.get("\(plural).restore.example.com/\(copy)/a")
        #expect(restored["spec", "number"]?.number?.literal == "9007199254740993")
        #expect(restored["status", "kept"]?.bool == true)
        let binding = try await cluster.get("rolebindings.rbac.authorization.k8s.io/\(copy)/b")
        #expect(binding["subjects", 0, "namespace"]?.text == copy)
        #expect(try await !cluster.exists("namespaces/\(space)"))
        try await deleteNamespace(cluster, copy)
        try await cluster.delete(definition)
    }

    @Test("Custom objects wait for a definition that is still being deleted, and come back with it")
    func definitionBeingDeleted() async throws {
        let cluster = try RealCluster()
        let space = "doomed-\(cluster.suffix)"
        let plural = "parts\(cluster.suffix)"
        let definition = "customresourcedefinitions.apiextensions.k8s.io/\(plural).restore.example.com"
        try await makeNamespace(cluster, space)
        try await cluster.create(
            definition,
            """
            {'spec': {'group': 'restore.example.com', 'scope': 'Namespaced',
              'names': {'kind': 'Part\(cluster.suffix)', 'plural': '\(plural)'},
              'versions': [{'name': 'v1', 'served': true, 'storage': true, 'schema': {'openAPIV3Schema': {
                'type': 'object', 'x-kubernetes-preserve-unknown-fields': true}}}]}}
            """
        )
        let part = "\(plural).restore.example.com/\(space)/a"
        let kind = try key(part).groupResource
        try await cluster.wait(until: "the kind is served") {
            try await cluster.client.discover().resource(kind) != nil
        }
        let first = try await cluster.create(
            part,
            "{'metadata': {'finalizers': ['example.com/held']}, 'spec': {'x': 1}}"
        )
        try await cluster.create("configmaps/\(space)/m", "{}")
        let source = try await cluster.backUp([space])
        try await cluster.delete("configmaps/\(space)/m")
        try await cluster.delete(definition)
        try await cluster.wait(until: "its deletion is held up, and discovery shows it") {
            let served = try await cluster.client.discover().resource(kind)
            let isBeingDeleted = try await cluster.get(part).deletionTimestamp != nil
            return isBeingDeleted && served?.verbs.contains("create") == false
        }

        async let restoring = cluster.restore(source) { $0.includedNamespaces = [space] }
        try await cluster.wait(until: "what does not wait is restored") {
            try await cluster.exists("configmaps/\(space)/m")
        }
        try await cluster.release(part)
        let report = try await restoring
        #expect(report.phase == .completed)
        #expect(report.skipped.filter { $0.subject.contains(plural) } == [])
        #expect(report.failures == [])
        #expect(try await cluster.get(part).uid != first.uid)
        try await cluster.release(part)
        try await deleteNamespace(cluster, space)
        try await cluster.delete(definition)
    }

    @Test("A claim gets its volume back, and a changed object is a conflict that stays")
    func volumeAndConflict() async throws {
        let cluster = try RealCluster()
        let space = "volume-\(cluster.suffix)"
        let volume = "volume-\(cluster.suffix)"
        try await makeNamespace(cluster, space)
        try await cluster.create(
            "persistentvolumes/\(volume)",
            """
            {'spec': {'capacity': {'storage': '1Gi'}, 'accessModes': ['ReadWriteOnce'], 'storageClassName': '\(volume)',
             'persistentVolumeReclaimPolicy': 'Retain', 'nfs': {'server': '127.0.0.1', 'path': '/x'}}}
            """
        )
        try await cluster.create(
            "persistentvolumeclaims/\(space)/c",
            """
            {'spec': {'accessModes': ['ReadWriteOnce'], 'storageClassName': '\(volume)',
             'resources': {'requests': {'storage': '1Gi'}}}}
            """
        )
        try await cluster.create("configmaps/\(space)/m", "{'data': {'x': 'before'}}")
        try await cluster.wait(until: "the claim is bound") {
            try await cluster.get("persistentvolumeclaims/\(space)/c")["status", "phase"]?.text == "Bound"
        }
        let source = try await cluster.backUp([space])
        try await deleteNamespace(cluster, space)
        try await makeNamespace(cluster, space)
        try await cluster.create("configmaps/\(space)/m", "{'data': {'x': 'after'}}")

        let report = try await cluster.restore(source) { $0.includedNamespaces = [space] }
        #expect(report.phase == .partiallyFailed)
        #expect(report.failures == [])
        #expect(report.conflicts.map(\.subject) == ["configmaps/\(space)/m"])
        #expect(try await cluster.get("configmaps/\(space)/m")["data", "x"]?.text == "after")
        try await cluster.wait(until: "the claim is bound to its volume again") {
            let claim = try await cluster.get("persistentvolumeclaims/\(space)/c")
            return claim["status", "phase"]?.text == "Bound" && claim["spec", "volumeName"]?.text == volume
        }
        try await deleteNamespace(cluster, space)
        try await cluster.delete("persistentvolumes/\(volume)")
    }
}
