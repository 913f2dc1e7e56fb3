import KubernetesModel
import Testing

@testable import BackupEngine

@Suite("Backups by labels")
struct LabelSelectorBackupTests {
    private static let labels = #""labels":{"app":"web"}"#

    /// A shop whose labelled objects need unlabelled ones of the cluster.
    private let cluster = FakeCluster(
        [
            "pods", "persistentvolumeclaims", "serviceaccounts", "services", "rolebindings.rbac.authorization.k8s.io",
            "widgets.example.com", "gadgets.example.com", "*persistentvolumes", "*storageclasses.storage.k8s.io",
            "*csidrivers.storage.k8s.io", "*priorityclasses.scheduling.k8s.io", "*nodes",
            "*clusterroles.rbac.authorization.k8s.io", "*clusterrolebindings.rbac.authorization.k8s.io",
            "*customresourcedefinitions.apiextensions.k8s.io",
            "*validatingwebhookconfigurations.admissionregistration.k8s.io",
        ],
        [
            "namespaces/shop": "{}",
            "namespaces/other": "{}",
            "namespaces/labelled": #"{"metadata":{\#(labels)}}"#,
            "pods/shop/web": #"{"metadata":{\#(labels)},"spec":{"priorityClassName":"high"}}"#,
            "pods/shop/db": #"{"spec":{"priorityClassName":"low"}}"#,
            "pods/other/db": "{}",
            "persistentvolumeclaims/shop/data": #"{"metadata":{\#(labels)},"spec":{"volumeName":"pv-1"}}"#,
            "persistentvolumeclaims/shop/logs": #"{"spec":{"volumeName":"pv-2"}}"#,
            "persistentvolumes/pv-1": #"{"spec":{"storageClassName":"fast"}}"#,
            "persistentvolumes/pv-2": #"{"spec":{"storageClassName":"slow"}}"#,
            "storageclasses.storage.k8s.io/fast": #"{"provisioner":"disk.example"}"#,
            "storageclasses.storage.k8s.io/slow": "{}",
            "csidrivers.storage.k8s.io/disk.example": "{}",
            "priorityclasses.scheduling.k8s.io/high": "{}",
            "priorityclasses.scheduling.k8s.io/low": "{}",
            "priorityclasses.scheduling.k8s.io/mine": #"{"metadata":{\#(labels)}}"#,
            "serviceaccounts/shop/web": #"{"metadata":{\#(labels)}}"#,
            "services/shop/hook": #"{"metadata":{\#(labels)}}"#,
            "clusterrolebindings.rbac.authorization.k8s.io/web":
                #"{"roleRef":{"kind":"ClusterRole","name":"sum"},"subjects":[{"kind":"Group","name":"system:serviceaccounts:shop"}]}"#,
            "clusterrolebindings.rbac.authorization.k8s.io/other":
                #"{"roleRef":{"kind":"ClusterRole","name":"no"},"subjects":[{"kind":"User","name":"ann"}]}"#,
            "clusterroles.rbac.authorization.k8s.io/sum":
                #"{"aggregationRule":{"clusterRoleSelectors":[{"matchExpressions":[{"key":"to-sum","operator":"Exists"}]}]}}"#,
            "clusterroles.rbac.authorization.k8s.io/part": #"{"metadata":{"labels":{"to-sum":"yes"}}}"#,
            "clusterroles.rbac.authorization.k8s.io/no": "{}",
            "widgets.example.com/shop/w": #"{"metadata":{\#(labels)}}"#,
            "gadgets.example.com/shop/g": "{}",
            "customresourcedefinitions.apiextensions.k8s.io/widgets.example.com": "{}",
            "customresourcedefinitions.apiextensions.k8s.io/gadgets.example.com": "{}",
            "validatingwebhookconfigurations.admissionregistration.k8s.io/hook":
                #"{"webhooks":[{"clientConfig":{"service":{"namespace":"shop","name":"hook"}}}]}"#,
            "nodes/a": "{}",
            "nodes/mine": #"{"metadata":{\#(labels)}}"#,
        ]
    )

    @Test("A selector that no object matches is told")
    func nothing() async throws {
        let result = try await cluster.backup { $0.labelSelector = "app=none" }
        #expect(result.stored == [])
        #expect(result.details.warnings == ["No object has the labels of --selector 'app=none'."])
        #expect(try await cluster.backup { $0.labelSelector = "app=web" }.details.warnings == [])
    }

    private static let selected = [
        "pods/shop/web", "persistentvolumeclaims/shop/data", "serviceaccounts/shop/web", "services/shop/hook",
        "widgets.example.com/shop/w",
    ]
    private static let needed = [
        "namespaces/shop", "persistentvolumes/pv-1", "storageclasses.storage.k8s.io/fast",
        "csidrivers.storage.k8s.io/disk.example", "priorityclasses.scheduling.k8s.io/high",
        "clusterrolebindings.rbac.authorization.k8s.io/web", "clusterroles.rbac.authorization.k8s.io/sum",
        "clusterroles.rbac.authorization.k8s.io/part",
        "customresourcedefinitions.apiextensions.k8s.io/widgets.example.com",
        "validatingwebhookconfigurations.admissionregistration.k8s.io/hook",
    ]

    @Test("What selected objects need comes along whatever its labels, and nothing else does")
    func allNamespaces() async throws {
        let result = try await cluster.backup { $0.labelSelector = "app=web" }
        let labelled = ["namespaces/labelled", "priorityclasses.scheduling.k8s.io/mine", "nodes/mine"]
        #expect(result.stored == (Self.selected + Self.needed + labelled).sorted())
        #expect(result.details.phase == .completed, "\(result.details.failures)")
    }

    @Test("With some namespaces, cluster-scoped objects that only have the labels stay away")
    func someNamespaces() async throws {
        let result = try await cluster.backup {
            $0.labelSelector = "app=web"
            $0.includedNamespaces = ["shop"]
        }
        #expect(result.stored == (Self.selected + Self.needed).sorted())
    }

    @Test("Without cluster-scoped resources, only the namespaces of what is selected come along")
    func noClusterResources() async throws {
        let result = try await cluster.backup {
            $0.labelSelector = "app=web"
            $0.includeClusterResources = false
        }
        #expect(result.stored == (Self.selected + ["namespaces/shop"]).sorted())
    }

    @Test("What is excluded by name stays away even when it is needed")
    func excluded() async throws {
        let result = try await cluster.backup {
            $0.labelSelector = "app=web"
            $0.excludedResources = ["customresourcedefinitions"]
        }
        #expect(!result.stored.contains { $0.hasPrefix("customresourcedefinitions") })
        #expect(
            result.details.exclusions.contains(
                .init(
                    subject: "customresourcedefinitions.apiextensions.k8s.io",
                    rule: "--exclude-resources customresourcedefinitions"
                )
            )
        )
    }

    @Test("What the selector leaves out is in the ledger")
    func ledger() async throws {
        let result = try await cluster.backup { $0.labelSelector = "app=web" }
        let rule = "not selected by --selector app=web, and not needed by what is"
        #expect(result.excluded("persistentvolumes") == [rule: 1])
        #expect(result.excluded("clusterroles.rbac.authorization.k8s.io") == [rule: 1])
        // kube-system, and other.
        #expect(result.excluded("namespaces") == [rule: 2])
        #expect(
            result.details.exclusions.contains(
                .init(subject: "objects without the labels", rule: "--selector app=web")
            )
        )
    }

    @Test("A custom resource takes its definition along when only its kind is asked for")
    func kindAlone() async throws {
        let result = try await cluster.backup { $0.includedResources = ["widgets"] }
        #expect(
            result.stored.filter { !$0.hasPrefix("namespaces/") } == [
                "customresourcedefinitions.apiextensions.k8s.io/widgets.example.com", "widgets.example.com/shop/w",
            ]
        )
    }
}
