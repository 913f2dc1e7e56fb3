import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Rules that leave objects out")
struct RestoreRuleTests {
    private static let facts: RestoreFacts = {
        var facts = RestoreFacts()
        facts.generatedTokens = [ObjectName(namespace: "shop", name: "robot-token-x2x2x")]
        facts.servicesWithSelector = [ObjectName(namespace: "shop", name: "web")]
        facts.terminatingNamespaces = ["gone"]
        facts.controllers = [ObjectUID("11111111-2222-3333-4444-555555555555")]
        return facts
    }()

    private static let token = """
        {'type': 'kubernetes.io/service-account-token', 'metadata': {'annotations': {'kubernetes.io/service-account.name': 'robot'}}}
        """
    private static let provisioned = """
        {'metadata': {'annotations': {'pv.kubernetes.io/provisioned-by': 'x'}}, 'spec': {'persistentVolumeReclaimPolicy': '%'}}
        """
    private static let podOfJob = """
        {'metadata': {'ownerReferences': [{'apiVersion': 'batch/v1', 'kind': 'Job', 'name': 'j', 'controller': true, 'uid': '%'}]}}
        """

    @Test(
        "Objects that must not come back are left out by a named rule; their likes are not",
        arguments: [
            ("nodes/a", "{}", "nodes"),
            ("events/shop/a", "{}", "events"),
            ("events.events.k8s.io/shop/a", "{}", "events"),
            ("configmaps/shop/a", "{'metadata': {'deletionTimestamp': 't'}}", "being-deleted"),
            ("namespaces/gone", "{}", "being-deleted"),
            ("configmaps/gone/a", "{}", "namespace-being-deleted"),
            ("pods/shop/a", "{'metadata': {'annotations': {'kubernetes.io/config.mirror': 'x'}}}", "mirror-pod"),
            ("pods/shop/a", "{'status': {'phase': 'Succeeded'}}", "finished-pod"),
            ("pods/shop/a", "{'status': {'phase': 'Failed'}}", "finished-pod"),
            ("pods/shop/a", "{'status': {'phase': 'Running'}}", nil),
            ("pods/shop/a", podOfJob.replacing("%", with: "11111111-2222-3333-4444-555555555555"), "pod-of-job"),
            ("pods/shop/a", podOfJob.replacing("%", with: "99999999-2222-3333-4444-555555555555"), nil),
            ("jobs.batch/shop/a", "{'status': {'completionTime': 't'}}", "finished-job"),
            ("jobs.batch/shop/a", "{'status': {'conditions': [{'type': 'Failed', 'status': 'True'}]}}", "finished-job"),
            ("jobs.batch/shop/a", "{'status': {'conditions': [{'type': 'Suspended', 'status': 'True'}]}}", nil),
            ("configmaps/shop/kube-root-ca.crt", "{}", "root-certificates"),
            ("configmaps/kube-system/extension-apiserver-authentication", "{}", "server-configuration"),
            ("configmaps/shop/extension-apiserver-authentication", "{}", nil),
            ("secrets/shop/robot-token-x2x2x", token, "generated-token"),
            ("secrets/shop/robot-token-z2z2z", token, nil),
            ("secrets/shop/robot-credentials", token, nil),
            ("secrets/shop/robot-token-x2x2x", "{'type': 'Opaque'}", nil),
            ("persistentvolumes/v", provisioned.replacing("%", with: "Delete"), "provisioned-volume"),
            ("persistentvolumes/v", provisioned.replacing("%", with: "Retain"), nil),
            ("persistentvolumes/v", "{'spec': {'persistentVolumeReclaimPolicy': 'Delete'}}", nil),
            ("services/default/kubernetes", "{}", "built-in-service"),
            ("services/shop/kubernetes", "{}", nil),
            ("endpoints/shop/web", "{}", "managed-endpoints"),
            ("endpoints/shop/legacy", "{}", nil),
            (
                "endpointslices.discovery.k8s.io/shop/a",
                "{'metadata': {'labels': {'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io'}}}",
                "managed-endpoints"
            ),
            (
                "endpointslices.discovery.k8s.io/shop/a",
                "{'metadata': {'labels': {'endpointslice.kubernetes.io/managed-by': 'me'}}}", nil
            ),
            ("leases.coordination.k8s.io/kube-node-lease/a", "{}", "server-lease"),
            ("leases.coordination.k8s.io/shop/a", "{}", nil),
            ("priorityclasses.scheduling.k8s.io/system-node-critical", "{}", "built-in-priority-class"),
            ("priorityclasses.scheduling.k8s.io/mine", "{}", nil),
            ("apiservices.apiregistration.k8s.io/v1.apps", "{'spec': {'group': 'apps'}}", "automanaged-api-service"),
            ("apiservices.apiregistration.k8s.io/a", "{'spec': {'service': {'name': 's'}}}", nil),
        ] as [(String, String, String?)]
    )
    func rule(path: String, json: String, name: String?) throws {
        #expect(RestoreRule.rule(for: try object(json), key: try key(path), facts: Self.facts)?.name == name)
    }

    @Test(
        "What the cluster has and keeps itself is left alone",
        arguments: [
            (
                "clusterroles.rbac.authorization.k8s.io/view",
                "{'metadata': {'labels': {'kubernetes.io/bootstrapping': 'rbac-defaults'}}}", "server-default"
            ),
            ("clusterroles.rbac.authorization.k8s.io/mine", "{}", nil),
            (
                "flowschemas.flowcontrol.apiserver.k8s.io/exempt",
                "{'metadata': {'annotations': {'apf.kubernetes.io/autoupdate-spec': 'true'}}}", "server-default"
            ),
            ("leases.coordination.k8s.io/shop/leader", "{}", "held-lease"),
            ("configmaps/shop/a", "{}", nil),
        ] as [(String, String, String?)]
    )
    func existing(path: String, json: String, name: String?) throws {
        #expect(RestoreRule.rule(forExisting: try object(json), key: try key(path))?.name == name)
    }
}

@Suite("Generated names and uids")
struct GeneratedNameTests {
    @Test("Five letters and digits of the right alphabet make a generated name")
    func names() {
        #expect(GeneratedName.isToken("a-token-bcdf9", of: "a"))
        for name in ["a-token-bcdf", "a-token-bcdfgh", "a-token-aaaaa", "a-token-bcd01", "b-token-bcdf9", "a-token"] {
            #expect(!GeneratedName.isToken(name, of: "a"), "\(name)")
        }
    }

    @Test("Uids differ as their texts do, and those of servers take 16 bytes")
    func uids() {
        let texts = [
            "01234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdee",
            "00000000-0000-0000-0000-000000000000", "", "not-a-uid", "01234567-89AB-CDEF-0123-456789ABCDEF",
            "0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdeg",
        ]
        #expect(Set(texts.map(ObjectUID.init)).count == texts.count)
        #expect(ObjectUID(texts[0]) == .uuid(0x0123_4567_89ab_cdef, 0x0123_4567_89ab_cdef))
        for text in texts.dropFirst(3) { #expect(ObjectUID(text) == .other(text), "\(text)") }
    }
}
