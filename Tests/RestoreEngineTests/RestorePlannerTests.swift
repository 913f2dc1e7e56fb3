import KubeAPI
import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Restore planner")
struct RestorePlannerTests {
    private func plan(_ table: [String: String], _ change: (inout RestoreSpec) -> Void) async throws -> RestorePlan {
        let source = try await BackupFixture(table).source
        var spec = RestoreSpec()
        change(&spec)
        let selection = try RestoreSelection(
            spec,
            resources: source.resources,
            namespaces: source.namespaces,
            served: Discovery(groups: [], resources: [])
        )
        let objects = StoredObjects(contents: source.contents)
        let ledger = RestoreLedger(noteLimit: 100, onProgress: { _ in })
        var planner = RestorePlanner(
            objects: objects,
            lost: LostObjects(ledger),
            resources: source.resources,
            selection: selection
        )
        return try await planner.plan()
    }

    /// A row: what lies in the namespace, what cluster-scoped object it needs, and one that it does not.
    @Test(
        "What the objects of a namespace need comes along",
        arguments: [
            ("persistentvolumeclaims/shop/c", "{'spec': {'volumeName': 'v'}}", "persistentvolumes/v", "{}", true),
            (
                "persistentvolumeclaims/shop/c", "{}", "persistentvolumes/v",
                "{'spec': {'claimRef': {'namespace': 'shop', 'name': 'c'}}}", true
            ),
            (
                "persistentvolumeclaims/shop/c", "{}", "persistentvolumes/v",
                "{'spec': {'claimRef': {'namespace': 'web', 'name': 'c'}}}", false
            ),
            (
                "persistentvolumeclaims/shop/c", "{'spec': {'storageClassName': 's'}}",
                "storageclasses.storage.k8s.io/s", "{}", true
            ),
            (
                "persistentvolumeclaims/shop/c", "{'spec': {'storageClassName': 's'}}",
                "storageclasses.storage.k8s.io/t", "{}", false
            ),
            (
                "pods/shop/p", "{'spec': {'priorityClassName': 'high'}}", "priorityclasses.scheduling.k8s.io/high",
                "{}", true
            ),
            (
                "deployments.apps/shop/d", "{'spec': {'template': {'spec': {'runtimeClassName': 'r'}}}}",
                "runtimeclasses.node.k8s.io/r", "{}", true
            ),
            (
                "statefulsets.apps/shop/d", "{'spec': {'volumeClaimTemplates': [{'spec': {'storageClassName': 's'}}]}}",
                "storageclasses.storage.k8s.io/s", "{}", true
            ),
            (
                "ingresses.networking.k8s.io/shop/i", "{'spec': {'ingressClassName': 'front'}}",
                "ingressclasses.networking.k8s.io/front", "{}", true
            ),
            (
                "rolebindings.rbac.authorization.k8s.io/shop/b", "{'roleRef': {'kind': 'ClusterRole', 'name': 'r'}}",
                "clusterroles.rbac.authorization.k8s.io/r", "{}", true
            ),
            (
                "rolebindings.rbac.authorization.k8s.io/shop/b", "{'roleRef': {'kind': 'Role', 'name': 'r'}}",
                "clusterroles.rbac.authorization.k8s.io/r", "{}", false
            ),
            (
                "serviceaccounts/shop/robot", "{}", "clusterrolebindings.rbac.authorization.k8s.io/b",
                "{'subjects': [{'kind': 'ServiceAccount', 'name': 'robot', 'namespace': 'shop'}]}", true
            ),
            (
                "serviceaccounts/shop/robot", "{}", "clusterrolebindings.rbac.authorization.k8s.io/b",
                "{'subjects': [{'kind': 'ServiceAccount', 'name': 'robot', 'namespace': 'web'}]}", false
            ),
            (
                "services/shop/hook", "{}", "validatingwebhookconfigurations.admissionregistration.k8s.io/w",
                "{'webhooks': [{'clientConfig': {'service': {'namespace': 'shop', 'name': 'hook'}}}]}", true
            ),
            (
                "services/shop/hook", "{}", "mutatingwebhookconfigurations.admissionregistration.k8s.io/w",
                "{'webhooks': [{'clientConfig': {'service': {'namespace': 'shop', 'name': 'other'}}}]}", false
            ),
            (
                "services/shop/api", "{}", "apiservices.apiregistration.k8s.io/v1.x",
                "{'spec': {'service': {'namespace': 'shop', 'name': 'api'}}}", true
            ),
            (
                "serviceaccounts/shop/robot", "{}", "clusterrolebindings.rbac.authorization.k8s.io/b",
                "{'subjects': [{'kind': 'User', 'name': 'system:serviceaccount:shop:robot'}]}", true
            ),
            (
                "serviceaccounts/shop/robot", "{}", "clusterrolebindings.rbac.authorization.k8s.io/b",
                "{'subjects': [{'kind': 'Group', 'name': 'system:serviceaccounts'}]}", true
            ),
            (
                "pods/shop/p", "{'spec': {'volumes': [{'csi': {'driver': 'd'}}]}}", "csidrivers.storage.k8s.io/d",
                "{}", true
            ),
            (
                "persistentvolumeclaims/shop/c", "{'spec': {'volumeAttributesClassName': 'gold'}}",
                "volumeattributesclasses.storage.k8s.io/gold", "{}", true
            ),
            (
                "resourceclaims.resource.k8s.io/shop/c",
                "{'spec': {'devices': {'requests': [{'exactly': {'deviceClassName': 'gpu'}}]}}}",
                "deviceclasses.resource.k8s.io/gpu", "{}", true
            ),
            (
                "volumesnapshots.snapshot.storage.k8s.io/shop/s", "{}",
                "volumesnapshotcontents.snapshot.storage.k8s.io/c",
                "{'spec': {'volumeSnapshotRef': {'namespace': 'shop', 'name': 's'}}}", true
            ),
            (
                "volumesnapshots.snapshot.storage.k8s.io/shop/s", "{'spec': {'volumeSnapshotClassName': 'v'}}",
                "volumesnapshotclasses.snapshot.storage.k8s.io/v", "{}", true
            ),
            (
                "orders.shop.example.com/shop/o", "{}",
                "customresourcedefinitions.apiextensions.k8s.io/orders.shop.example.com", "{}", true
            ),
            (
                "orders.shop.example.com/shop/o", "{}",
                "customresourcedefinitions.apiextensions.k8s.io/others.shop.example.com", "{}", false
            ),
        ]
    )
    func needed(path: String, json: String, other: String, otherJSON: String, isNeeded: Bool) async throws {
        let table = [path: json, other: otherJSON, "namespaces/shop": "{}", "namespaces/web": "{}"]
        let plan = try await plan(table) { $0.includedNamespaces = ["shop"] }
        #expect(plan.selection.includes(try key(other)) == isNeeded)
        #expect(plan.selection.includes(try key("namespaces/shop")))
        #expect(!plan.selection.includes(try key("namespaces/web")))
        #expect(plan.objectCount == (isNeeded ? 3 : 2))
        let none = try await self.plan(table) {
            $0.includedNamespaces = ["shop"]
            $0.includeClusterResources = false
        }
        #expect(!none.selection.includes(try key(other)))
    }

    @Test("Needs have needs: a binding, its aggregated role, and the roles that go into it")
    func chain() async throws {
        let roles = "clusterroles.rbac.authorization.k8s.io"
        let plan = try await plan([
            "serviceaccounts/shop/robot": "{}",
            "clusterrolebindings.rbac.authorization.k8s.io/b":
                "{'roleRef': {'kind': 'ClusterRole', 'name': 'all'}, 'subjects': [{'kind': 'Group', 'name': 'system:serviceaccounts:shop'}]}",
            "\(roles)/all": "{'aggregationRule': {'clusterRoleSelectors': [{'matchLabels': {'to': 'all'}}]}}",
            "\(roles)/part":
                "{'metadata': {'labels': {'to': 'all'}}, 'aggregationRule': {'clusterRoleSelectors': [{'matchExpressions': [{'key': 'to', 'operator': 'In', 'values': ['part']}]}]}}",
            "\(roles)/leaf": "{'metadata': {'labels': {'to': 'part'}}}",
            "\(roles)/other": "{'metadata': {'labels': {'to': 'x'}}}",
        ]) { $0.includedNamespaces = ["shop"] }
        for (name, isNeeded) in [("all", true), ("part", true), ("leaf", true), ("other", false)] {
            #expect(plan.selection.includes(try key("\(roles)/\(name)")) == isNeeded, "\(name)")
        }
    }

    @Test("A namespace of which the backup has no object is made without content")
    func bareNamespaces() async throws {
        let plan = try await plan(["configmaps/shop/a": "{}", "configmaps/web/a": "{}", "namespaces/web": "{}"]) { _ in
        }
        #expect(plan.bareNamespaces == ["shop"])
        #expect(plan.order.waves == [["namespaces"], ["configmaps"]])
    }

    @Test("Kinds that are filtered still bring their namespaces and definitions, unless these are excluded")
    func filteredKinds() async throws {
        let definition = "customresourcedefinitions.apiextensions.k8s.io/orders.shop.example.com"
        let table = [
            "orders.shop.example.com/shop/o": "{}", definition: "{}", "namespaces/shop": "{}", "secrets/shop/s": "{}",
        ]
        let plan = try await plan(table) { $0.includedResources = ["orders"] }
        #expect(
            plan.counts == [
                "orders.shop.example.com": 1, "customresourcedefinitions.apiextensions.k8s.io": 1, "namespaces": 1,
            ]
        )
        let excluding = try await self.plan(table) {
            $0.includedResources = ["orders"]
            $0.excludedResources = ["customresourcedefinitions"]
        }
        #expect(excluding.counts == ["orders.shop.example.com": 1, "namespaces": 1])
    }

    @Test("A volume needs its class, the class its driver; roles are put together by expressions, too")
    func chains() async throws {
        let plan = try await plan([
            "persistentvolumeclaims/shop/c": "{}",
            "persistentvolumes/v":
                "{'spec': {'claimRef': {'namespace': 'shop', 'name': 'c'}, 'storageClassName': 'fast'}}",
            "storageclasses.storage.k8s.io/fast": "{'provisioner': 'd'}", "csidrivers.storage.k8s.io/d": "{}",
            "csidrivers.storage.k8s.io/other": "{}",
            "rolebindings.rbac.authorization.k8s.io/shop/b": "{'roleRef': {'kind': 'ClusterRole', 'name': 'all'}}",
            "clusterroles.rbac.authorization.k8s.io/all":
                "{'aggregationRule': {'clusterRoleSelectors': [{'matchExpressions': [{'key': 'part', 'operator': 'Exists'}]}]}}",
            "clusterroles.rbac.authorization.k8s.io/part": "{'metadata': {'labels': {'part': 'x'}}}",
            "clusterroles.rbac.authorization.k8s.io/none": "{}", "namespaces/web": "{}",
        ]) { $0.includedNamespaces = ["shop"] }
        #expect(
            Set(plan.selection.needed.map(\.description).filter { !$0.hasPrefix("customresourcedefinitions") }) == [
                "namespaces/shop", "persistentvolumes/v", "storageclasses.storage.k8s.io/fast",
                "csidrivers.storage.k8s.io/d", "clusterroles.rbac.authorization.k8s.io/all",
                "clusterroles.rbac.authorization.k8s.io/part",
            ]
        )
    }

    @Test("Cluster-scoped objects that are selected themselves bring what they need")
    func clusterScoped() async throws {
        let definition = "customresourcedefinitions.apiextensions.k8s.io/issuers.example.com"
        let table = [
            "issuers.example.com/i": "{'metadata': {'labels': {'a': 'b'}}}", definition: "{}",
            "persistentvolumes/v": "{'metadata': {'labels': {'a': 'b'}}, 'spec': {'storageClassName': 'fast'}}",
            "persistentvolumes/w": "{'spec': {'storageClassName': 'slow'}}", "storageclasses.storage.k8s.io/fast": "{}",
            "storageclasses.storage.k8s.io/slow": "{}",
        ]
        let kinds = try await plan(table) { $0.includedResources = ["issuers.example.com"] }
        #expect(
            kinds.counts.filter { $0.value > 0 }.map(\.key.description).sorted() == [
                "customresourcedefinitions.apiextensions.k8s.io", "issuers.example.com",
            ]
        )
        let labels = try await plan(table) { $0.labelSelector = "a=b" }
        for (path, isTaken) in [
            (definition, true), ("persistentvolumes/v", true), ("storageclasses.storage.k8s.io/fast", true),
            ("storageclasses.storage.k8s.io/slow", false),
        ] {
            #expect(
                labels.selection.needed.contains(try key(path)) == (isTaken && path != "persistentvolumes/v"),
                "\(path)"
            )
        }
        #expect(labels.objectCount == 4)
    }

    @Test("Owners, adopted pods and generated tokens are known before the first object is sent")
    func facts() async throws {
        let owned =
            "{'metadata': {'ownerReferences': [{'apiVersion': '%', 'kind': '@', 'name': 'o', 'uid': 'u', 'controller': true}]}}"
        let plan = try await plan([
            "replicasets.apps/shop/r": "{'metadata': {'uid': 'r'}}",
            "pods/shop/p": owned.replacing("%", with: "apps/v1").replacing("@", with: "ReplicaSet"),
            "configmaps/shop/c": owned.replacing("%", with: "shop.example.com/v1").replacing("@", with: "Order"),
            "orders.shop.example.com/shop/o": "{}",
            "jobs.batch/shop/done": "{'metadata': {'uid': 'j'}, 'status': {'completionTime': 't'}}",
            "serviceaccounts/shop/robot": "{'secrets': [{'name': 'robot-token-x2x2x'}, {'name': 'mine'}]}",
            "services/shop/web": "{'spec': {'selector': {'app': 'web'}}}", "services/shop/legacy": "{'spec': {}}",
        ]) { _ in }
        #expect(plan.facts.controllers == [ObjectUID("r")])
        #expect(plan.facts.owners == [ObjectUID("u")])
        #expect(plan.facts.generatedTokens == [ObjectName(namespace: "shop", name: "robot-token-x2x2x")])
        #expect(plan.facts.servicesWithSelector == [ObjectName(namespace: "shop", name: "web")])
    }
}
