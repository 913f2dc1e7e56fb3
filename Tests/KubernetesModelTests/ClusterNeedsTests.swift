import KubernetesModel
import Testing

@Suite("Needs of cluster-scoped objects")
struct ClusterNeedsTests {
    private func object(_ json: String) throws -> KubernetesObject { try KubernetesObject(parsing: Array(json.utf8)) }

    private func key(_ resource: GroupResource, _ name: String, in namespace: String = "") -> StoredObjectKey {
        StoredObjectKey(group: resource.group, resource: resource.resource, namespace: namespace, name: name)
    }

    /// What one object named `x`, in the namespace `shop` unless it is cluster-scoped, needs by name.
    private func needs(_ resource: GroupResource, _ json: String, namespaced: Bool = true) throws -> Set<String> {
        var needs = ClusterNeeds()
        needs.collect(from: try object(json), key: key(resource, "x", in: namespaced ? "shop" : ""))
        return Set(needs.named.map(\.description)).subtracting(["namespaces/shop"])
    }

    @Test(
        "What pods name is needed, wherever the pod stands",
        arguments: [
            ("pods", #"{"spec":POD}"#), ("podtemplates", #"{"template":{"spec":POD}}"#),
            ("deployments.apps", #"{"spec":{"template":{"spec":POD}}}"#),
            ("replicasets.apps", #"{"spec":{"template":{"spec":POD}}}"#),
            ("statefulsets.apps", #"{"spec":{"template":{"spec":POD}}}"#),
            ("daemonsets.apps", #"{"spec":{"template":{"spec":POD}}}"#),
            ("replicationcontrollers", #"{"spec":{"template":{"spec":POD}}}"#),
            ("jobs.batch", #"{"spec":{"template":{"spec":POD}}}"#),
            ("cronjobs.batch", #"{"spec":{"jobTemplate":{"spec":{"template":{"spec":POD}}}}}"#),
        ]
    )
    func pods(resource: String, json: String) throws {
        let pod = """
            {"priorityClassName":"high","runtimeClassName":"kata","volumes":[{"csi":{"driver":"secrets.example"}},
            {"ephemeral":{"volumeClaimTemplate":{"spec":{"storageClassName":"scratch"}}}}]}
            """
        #expect(
            try needs(GroupResource(resource), json.replacing("POD", with: pod)) == [
                "priorityclasses.scheduling.k8s.io/high", "runtimeclasses.node.k8s.io/kata",
                "csidrivers.storage.k8s.io/secrets.example", "storageclasses.storage.k8s.io/scratch",
            ]
        )
    }

    @Test(
        "What an object names is needed",
        arguments: [
            (
                "persistentvolumeclaims",
                #"{"spec":{"volumeName":"pv","storageClassName":"fast","volumeAttributesClassName":"gold"}}"#,
                [
                    "persistentvolumes/pv", "storageclasses.storage.k8s.io/fast",
                    "volumeattributesclasses.storage.k8s.io/gold",
                ]
            ),
            (
                "persistentvolumeclaims",
                #"{"metadata":{"annotations":{"volume.beta.kubernetes.io/storage-class":"old"}},"spec":{"storageClassName":""}}"#,
                ["storageclasses.storage.k8s.io/old"]
            ),
            (
                "statefulsets.apps", #"{"spec":{"volumeClaimTemplates":[{"spec":{"storageClassName":"fast"}}]}}"#,
                ["storageclasses.storage.k8s.io/fast"]
            ),
            (
                "ingresses.networking.k8s.io", #"{"spec":{"ingressClassName":"nginx"}}"#,
                ["ingressclasses.networking.k8s.io/nginx"]
            ),
            (
                "ingresses.extensions", #"{"metadata":{"annotations":{"kubernetes.io/ingress.class":"nginx"}}}"#,
                ["ingressclasses.networking.k8s.io/nginx"]
            ),
            (
                "gateways.gateway.networking.k8s.io", #"{"spec":{"gatewayClassName":"edge"}}"#,
                [
                    "gatewayclasses.gateway.networking.k8s.io/edge",
                    "customresourcedefinitions.apiextensions.k8s.io/gateways.gateway.networking.k8s.io",
                ]
            ),
            (
                "resourceclaims.resource.k8s.io",
                #"{"spec":{"devices":{"requests":[{"deviceClassName":"a"},{"exactly":{"deviceClassName":"b"}},{"firstAvailable":[{"deviceClassName":"c"}]}]}}}"#,
                ["a", "b", "c"].map { "deviceclasses.resource.k8s.io/\($0)" }
            ),
            (
                "resourceclaimtemplates.resource.k8s.io",
                #"{"spec":{"spec":{"devices":{"requests":[{"exactly":{"deviceClassName":"b"}}]}}}}"#,
                ["deviceclasses.resource.k8s.io/b"]
            ),
            (
                "volumesnapshots.snapshot.storage.k8s.io",
                #"{"spec":{"volumeSnapshotClassName":"daily","source":{"volumeSnapshotContentName":"given"}},"status":{"boundVolumeSnapshotContentName":"made"}}"#,
                [
                    "volumesnapshotclasses.snapshot.storage.k8s.io/daily",
                    "volumesnapshotcontents.snapshot.storage.k8s.io/given",
                    "volumesnapshotcontents.snapshot.storage.k8s.io/made",
                ]
            ),
            (
                "volumegroupsnapshots.groupsnapshot.storage.k8s.io",
                #"{"spec":{"volumeGroupSnapshotClassName":"daily"},"status":{"boundVolumeGroupSnapshotContentName":"made"}}"#,
                [
                    "volumegroupsnapshotclasses.groupsnapshot.storage.k8s.io/daily",
                    "volumegroupsnapshotcontents.groupsnapshot.storage.k8s.io/made",
                ]
            ),
            (
                "rolebindings.rbac.authorization.k8s.io", #"{"roleRef":{"kind":"ClusterRole","name":"view"}}"#,
                ["clusterroles.rbac.authorization.k8s.io/view"]
            ),
            ("rolebindings.rbac.authorization.k8s.io", #"{"roleRef":{"kind":"Role","name":"view"}}"#, []),
            (
                "widgets.example.com", "{}",
                ["customresourcedefinitions.apiextensions.k8s.io/widgets.example.com"]
            ),
            ("configmaps", #"{"data":{"storageClassName":"no"}}"#, []),
        ]
    )
    func named(resource: String, json: String, expected: [String]) throws {
        let needs = try needs(GroupResource(resource), json)
        #expect(needs.isSuperset(of: expected))
        let definitions = needs.filter { $0.hasPrefix("customresourcedefinitions") }
        #expect(needs.subtracting(definitions) == Set(expected).subtracting(definitions))
    }

    @Test(
        "Cluster-scoped objects bring what they name",
        arguments: [
            (
                "persistentvolumes", #"{"spec":{"storageClassName":"slow","csi":{"driver":"disk.example"}}}"#,
                ["storageclasses.storage.k8s.io/slow", "csidrivers.storage.k8s.io/disk.example"]
            ),
            (
                "storageclasses.storage.k8s.io", #"{"provisioner":"disk.example"}"#,
                ["csidrivers.storage.k8s.io/disk.example"]
            ),
            (
                "volumeattributesclasses.storage.k8s.io", #"{"driverName":"disk.example"}"#,
                ["csidrivers.storage.k8s.io/disk.example"]
            ),
            (
                "clusterrolebindings.rbac.authorization.k8s.io", #"{"roleRef":{"kind":"ClusterRole","name":"view"}}"#,
                ["clusterroles.rbac.authorization.k8s.io/view"]
            ),
            (
                "validatingadmissionpolicybindings.admissionregistration.k8s.io", #"{"spec":{"policyName":"p"}}"#,
                ["validatingadmissionpolicies.admissionregistration.k8s.io/p"]
            ),
        ]
    )
    func clusterScoped(resource: String, json: String, expected: [String]) throws {
        let needs = try needs(GroupResource(resource), json, namespaced: false)
        #expect(needs.filter { !$0.hasPrefix("customresourcedefinitions") } == Set(expected))
    }

    @Test("A snapshot brings its content, the content its class, and the class its driver")
    func snapshots() throws {
        var needs = ClusterNeeds()
        needs.collect(
            from: try object("{}"),
            key: key("volumesnapshots.snapshot.storage.k8s.io", "nightly", in: "shop")
        )
        let content =
            #"{"spec":{"volumeSnapshotRef":{"namespace":"NS","name":"nightly"},"volumeSnapshotClassName":"c"}}"#
        let contents: GroupResource = "volumesnapshotcontents.snapshot.storage.k8s.io"
        let other = try object(content.replacing("NS", with: "elsewhere"))
        let takesOther = needs.take(other, key: key(contents, "1"))
        #expect(!takesOther)
        let takes = needs.take(try object(content.replacing("NS", with: "shop")), key: key(contents, "2"))
        #expect(takes)
        let takesClass = needs.take(
            try object(#"{"driver":"disk.example"}"#),
            key: key("volumesnapshotclasses.snapshot.storage.k8s.io", "c")
        )
        #expect(takesClass)
        let takesDriver = needs.take(try object("{}"), key: key("csidrivers.storage.k8s.io", "disk.example"))
        #expect(takesDriver)
    }

    @Test("A volume that a selected claim is bound to is needed though the claim does not name it")
    func claimedVolume() throws {
        var needs = ClusterNeeds()
        needs.collect(from: try object("{}"), key: key("persistentvolumeclaims", "data", in: "shop"))
        let volume = #"{"spec":{"claimRef":{"namespace":"shop","name":"NAME"}}}"#
        let takesOther = needs.take(
            try object(volume.replacing("NAME", with: "logs")),
            key: key("persistentvolumes", "1")
        )
        #expect(!takesOther)
        let takes = needs.take(try object(volume.replacing("NAME", with: "data")), key: key("persistentvolumes", "2"))
        #expect(takes)
    }

    @Test(
        "Bindings to service accounts of selected namespaces are needed, by whatever name the accounts go",
        arguments: [
            (#"{"kind":"ServiceAccount","namespace":"shop","name":"web"}"#, true),
            (#"{"kind":"ServiceAccount","namespace":"other","name":"web"}"#, false),
            (#"{"kind":"Group","name":"system:serviceaccounts:shop"}"#, true),
            (#"{"kind":"Group","name":"system:serviceaccounts:other"}"#, false),
            (#"{"kind":"Group","name":"system:serviceaccounts"}"#, true),
            (#"{"kind":"Group","name":"system:serviceaccountsshop"}"#, false),
            (#"{"kind":"Group","name":"admins"}"#, false),
            (#"{"kind":"User","name":"system:serviceaccount:shop:web"}"#, true),
            (#"{"kind":"User","name":"system:serviceaccount:other:shop"}"#, false),
            (#"{"kind":"User","name":"system:serviceaccount:shop"}"#, false),
            (#"{"kind":"User","name":"shop"}"#, false),
        ]
    )
    func bindings(subject: String, isNeeded: Bool) throws {
        var needs = ClusterNeeds()
        needs.collect(from: try object("{}"), key: key("serviceaccounts", "web", in: "shop"))
        let binding = try object(#"{"roleRef":{"kind":"ClusterRole","name":"r"},"subjects":[\#(subject)]}"#)
        let takes = needs.take(binding, key: key("clusterrolebindings.rbac.authorization.k8s.io", "b"))
        #expect(takes == isNeeded)
        #expect(needs.named.contains(key(ClusterNeeds.clusterRoles, "r")) == isNeeded)
    }

    @Test("Without a service account, no binding is needed")
    func noAccounts() throws {
        var needs = ClusterNeeds()
        let binding = try object(#"{"subjects":[{"kind":"Group","name":"system:serviceaccounts"}]}"#)
        let takes = needs.take(binding, key: key("clusterrolebindings.rbac.authorization.k8s.io", "b"))
        #expect(!takes)
    }

    @Test("Roles bring the roles they are put together from, by labels and by expressions, through several steps")
    func aggregation() throws {
        var roles = ClusterRoleAggregation()
        roles.add(
            try object(
                #"{"metadata":{"name":"sum"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"to":"sum"}}]}}"#
            )
        )
        roles.add(
            try object(
                #"{"metadata":{"name":"part","labels":{"to":"sum"}},"aggregationRule":{"clusterRoleSelectors":[{"matchExpressions":[{"key":"tier","operator":"In","values":["a","b"]},{"key":"old","operator":"DoesNotExist"}]}]}}"#
            )
        )
        roles.add(try object(#"{"metadata":{"name":"leaf","labels":{"tier":"b"}}}"#))
        roles.add(try object(#"{"metadata":{"name":"stale","labels":{"tier":"b","old":"1"}}}"#))
        roles.add(try object(#"{"metadata":{"name":"foreign","labels":{"to":"other"}}}"#))
        var needs = ClusterNeeds()
        needs.need(ClusterNeeds.clusterRoles, "sum")
        needs.collectAggregated(roles)
        #expect(needs.named.map(\.name).sorted() == ["leaf", "part", "sum"])
        var taken = ClusterNeeds()
        taken.collectAggregated(roles, taken: ["part"])
        #expect(taken.named.map(\.name) == ["leaf"])
    }

    @Test(
        "What calls a selected service is needed",
        arguments: [
            (
                "validatingwebhookconfigurations.admissionregistration.k8s.io",
                #"{"webhooks":[{"clientConfig":{"url":"https://x"}},{"clientConfig":{"service":SERVICE}}]}"#
            ),
            (
                "mutatingwebhookconfigurations.admissionregistration.k8s.io",
                #"{"webhooks":[{"clientConfig":{"service":SERVICE}}]}"#
            ),
            ("apiservices.apiregistration.k8s.io", #"{"spec":{"service":SERVICE}}"#),
        ]
    )
    func services(resource: String, json: String) throws {
        var needs = ClusterNeeds()
        needs.collect(from: try object("{}"), key: key("services", "hook", in: "shop"))
        for (namespace, isNeeded) in [("shop", true), ("other", false)] {
            let service = #"{"namespace":"\#(namespace)","name":"hook"}"#
            let takes = needs.take(
                try object(json.replacing("SERVICE", with: service)),
                key: key(GroupResource(resource), namespace)
            )
            #expect(takes == isNeeded)
        }
    }

    @Test("Every resource that is needed by name or by reference comes after those that refer to it")
    func order() throws {
        let references: [(GroupResource, GroupResource)] = [
            ("persistentvolumes", "storageclasses.storage.k8s.io"),
            ("persistentvolumes", "volumeattributesclasses.storage.k8s.io"),
            ("persistentvolumes", "csidrivers.storage.k8s.io"),
            ("storageclasses.storage.k8s.io", "csidrivers.storage.k8s.io"),
            ("volumeattributesclasses.storage.k8s.io", "csidrivers.storage.k8s.io"),
            (
                "volumesnapshotcontents.snapshot.storage.k8s.io",
                "volumesnapshotclasses.snapshot.storage.k8s.io"
            ),
            ("volumesnapshotclasses.snapshot.storage.k8s.io", "csidrivers.storage.k8s.io"),
            ("clusterrolebindings.rbac.authorization.k8s.io", ClusterNeeds.clusterRoles),
            ("gatewayclasses.gateway.networking.k8s.io", "customresourcedefinitions.apiextensions.k8s.io"),
        ]
        for (referring, referred) in references {
            let first = try #require(ClusterNeeds.candidates.firstIndex(of: referring))
            let second = try #require(ClusterNeeds.candidates.firstIndex(of: referred))
            #expect(first < second, "\(referring) refers to \(referred)")
        }
    }

    @Test("Only resources that are inspected tell more than their keys do")
    func inspected() throws {
        let pod = #"{"priorityClassName":"p","runtimeClassName":"r"}"#
        let text = #"""
            {"roleRef":{"kind":"ClusterRole","name":"c"},"provisioner":"d","driverName":"d","driver":"d","template":{"spec":POD},
            "spec":{"volumeName":"v","storageClassName":"s","gatewayClassName":"g","ingressClassName":"i","policyName":"p",
            "priorityClassName":"p","template":{"spec":POD},"jobTemplate":{"spec":{"template":{"spec":POD}}},
            "devices":{"requests":[{"deviceClassName":"d"}]},"spec":{"devices":{"requests":[{"deviceClassName":"d"}]}},
            "volumeSnapshotClassName":"c","volumeGroupSnapshotClassName":"c"}}
            """#
        let object = try object(text.replacing("POD", with: pod))
        let others: [GroupResource] = [
            "configmaps", "secrets", "nodes", "endpoints", "clusterroles.rbac.authorization.k8s.io",
        ]
        for resource in ClusterNeeds.inspected.union(ClusterNeeds.candidates).union(others) {
            var (whole, place) = (ClusterNeeds(), ClusterNeeds())
            whole.collect(from: object, key: key(resource, "x", in: "shop"))
            place.collectPlace(of: key(resource, "x", in: "shop"))
            if !ClusterNeeds.inspected.contains(resource) { #expect(whole.named == place.named, "\(resource)") }
        }
    }
}
