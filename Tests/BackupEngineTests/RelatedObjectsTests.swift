import KubernetesModel
import Testing

@testable import BackupEngine

@Suite("Related objects")
struct RelatedObjectsTests {
    private func object(_ json: String) throws -> KubernetesObject { try KubernetesObject(parsing: Array(json.utf8)) }

    @Test(
        "What an object names is needed",
        arguments: [
            ("persistentvolumes", "pv-1", #"{"spec":{"volumeName":"pv-1"}}"#),
            (
                "storageclasses.storage.k8s.io", "fast",
                #"{"spec":{"volumeClaimTemplates":[{"spec":{"storageClassName":"fast"}}]}}"#
            ),
            (
                "priorityclasses.scheduling.k8s.io", "high",
                #"{"spec":{"template":{"spec":{"priorityClassName":"high"}}}}"#
            ),
            ("runtimeclasses.node.k8s.io", "kata", #"{"spec":{"runtimeClassName":"kata"}}"#),
            (
                "ingressclasses.networking.k8s.io", "nginx",
                #"{"metadata":{"annotations":{"kubernetes.io/ingress.class":"nginx"}}}"#
            ),
        ]
    )
    func names(resource: String, name: String, json: String) throws {
        var related = RelatedObjects(namespaces: ["shop"])
        func takes(_ object: KubernetesObject, of resource: GroupResource) -> Bool {
            related.take(object, of: resource)
        }
        related.addReferences(of: try object(json), resource: "pods")
        #expect(takes(try object(#"{"metadata":{"name":"\#(name)"}}"#), of: GroupResource(resource)))
        #expect(!takes(try object(#"{"metadata":{"name":"other"}}"#), of: GroupResource(resource)))
    }

    @Test("A volume that a selected namespace claims is needed, and its class with it")
    func claimedVolume() throws {
        var related = RelatedObjects(namespaces: ["shop"])
        func takes(_ object: KubernetesObject, of resource: GroupResource) -> Bool {
            related.take(object, of: resource)
        }
        let volume = #"{"metadata":{"name":"v"},"spec":{"storageClassName":"slow","claimRef":{"namespace":"NS"}}}"#
        let other = try object(volume.replacing("NS", with: "elsewhere"))
        #expect(!takes(other, of: "persistentvolumes"))
        #expect(takes(try object(volume.replacing("NS", with: "shop")), of: "persistentvolumes"))
        #expect(takes(try object(#"{"metadata":{"name":"slow"}}"#), of: "storageclasses.storage.k8s.io"))
    }

    @Test("Bindings of service accounts bring their roles, and roles the roles they are put together from")
    func roles() throws {
        var related = RelatedObjects(namespaces: ["shop"])
        func takes(_ object: KubernetesObject, of resource: GroupResource) -> Bool {
            related.take(object, of: resource)
        }
        let binding = try object(
            #"{"metadata":{"name":"b"},"roleRef":{"kind":"ClusterRole","name":"sum"},"subjects":[{"kind":"ServiceAccount","namespace":"shop","name":"x"}]}"#
        )
        let foreign = try object(
            #"{"metadata":{"name":"f"},"roleRef":{"kind":"ClusterRole","name":"no"},"subjects":[{"kind":"ServiceAccount","namespace":"kube-system","name":"x"}]}"#
        )
        #expect(takes(binding, of: "clusterrolebindings.rbac.authorization.k8s.io"))
        #expect(!takes(foreign, of: "clusterrolebindings.rbac.authorization.k8s.io"))
        let part = try object(#"{"metadata":{"name":"part","labels":{"to":"sum","x":"y"}}}"#)
        #expect(!takes(part, of: "clusterroles.rbac.authorization.k8s.io"))
        let sum = try object(
            #"{"metadata":{"name":"sum"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"to":"sum"}}]}}"#
        )
        let before = related.selectionCount(of: "clusterroles.rbac.authorization.k8s.io")
        #expect(takes(sum, of: "clusterroles.rbac.authorization.k8s.io"))
        #expect(related.selectionCount(of: "clusterroles.rbac.authorization.k8s.io") > before)
        #expect(takes(part, of: "clusterroles.rbac.authorization.k8s.io"))
    }

    @Test("Custom resources bring their definitions, services their webhooks")
    func definitionsAndWebhooks() throws {
        var related = RelatedObjects(namespaces: ["shop"])
        func takes(_ object: KubernetesObject, of resource: GroupResource) -> Bool {
            related.take(object, of: resource)
        }
        related.addKind(of: "widgets.example.com")
        #expect(
            takes(
                try object(#"{"metadata":{"name":"widgets.example.com"}}"#),
                of: "customresourcedefinitions.apiextensions.k8s.io"
            )
        )
        let webhook = #"{"metadata":{"name":"w"},"webhooks":[{"clientConfig":{"service":{"namespace":"NS"}}}]}"#
        let resource: GroupResource = "validatingwebhookconfigurations.admissionregistration.k8s.io"
        #expect(takes(try object(webhook.replacing("NS", with: "shop")), of: resource))
        #expect(!takes(try object(webhook.replacing("NS", with: "other")), of: resource))
    }
}
