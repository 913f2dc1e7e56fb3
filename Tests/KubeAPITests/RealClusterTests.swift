import Foundation
import HTTPTransport
import KubeAPI
import KubernetesModel
import Testing

@Suite("Against a real API server", .enabled(if: RealCluster.isThere, "no cluster: see integration/cluster"))
struct RealClusterTests {
    @Test("The server tells its version and the cluster its identity", arguments: [false, true])
    func identity(token: Bool) async throws {
        let client = try RealCluster.client(token: token)
        #expect(try await client.serverVersion().gitVersion.hasPrefix("v1."))
        #expect(try await client.clusterIdentity().utf8.count == 36)
    }

    @Test("Discovery finds every built-in resource with its properties")
    func discovery() async throws {
        let discovery = try await RealCluster.client().discover()
        #expect(discovery.groups.first?.name == "")
        let pods = try #require(discovery.resource("pods"))
        #expect(pods.kind == "Pod" && pods.isNamespaced && pods.shortNames == ["po"])
        #expect(pods.subresources.isSuperset(of: ["status", "log", "exec"]))
        #expect(pods.verbs.isSuperset(of: ["list", "create", "get", "delete"]))
        let deployments = try #require(discovery.resource(apiVersion: "apps/v1", kind: "Deployment"))
        #expect(deployments.subresources.contains("scale"))
        #expect(discovery.resource("namespaces")?.isNamespaced == false)
        #expect(Set(discovery.preferredResources.map(\.groupResource)).count == discovery.preferredResources.count)
        for text in [
            "deploy", "deployment", "deployments", "Deployment", "deployments.apps", "deploy.apps",
            "deployments.v1.apps",
        ] {
            #expect(try discovery.resolve(text) == deployments, "\(text)")
        }
        #expect(try discovery.resolve("pods.v1") == pods)
        #expect(try discovery.resolve("ns").gvr.resource == "namespaces")
        #expect(try discovery.resolve("events").gvr.group == "")
        #expect(try discovery.resolve("events.events.k8s.io").gvr.group == "events.k8s.io")
        #expect(discovery.resources(inCategory: "all").map(\.kind).contains("Deployment"))
        let error = #expect(throws: KubeAPIError.self) { try discovery.resolve("nonsense.example.com") }
        #expect(error?.code == .notFound)
    }

    @Test("A group whose server is down is a failure, not an absence")
    func brokenGroup() async throws {
        var client = try RealCluster.client()
        client.retryPolicy = .impatient
        let group = "broken-\(UUID().uuidString.lowercased().prefix(8)).example.com"
        let services = APIResource(
            gvr: GroupVersionResource(group: "apiregistration.k8s.io", version: "v1", resource: "apiservices"),
            kind: "APIService",
            isNamespaced: false
        )
        let body = """
            {"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","metadata":{"name":"v1.\(group)"},
            "spec":{"group":"\(group)","version":"v1","groupPriorityMinimum":10,"versionPriority":10,"insecureSkipTLSVerify":true,
            "service":{"namespace":"default","name":"nowhere"}}}
            """
        _ = try await client.create(services, namespace: nil, body: Array(body.utf8))
        // The server takes the group into its list with a delay.
        var discovery = try await client.discover()
        for _ in 0..<200 where !discovery.groups.contains(where: { $0.name == group }) {
            discovery = try await client.discover()
        }
        try await client.delete(services, ObjectName(name: "v1.\(group)"))
        #expect(discovery.failures.map(\.groupVersion).contains("\(group)/v1"))
        #expect(discovery.resource("pods") != nil)
    }

    @Test("A list comes page by page, and an item is what a get returns")
    func pages() async throws {
        try await RealCluster.withNamespace { client, namespace in
            for number in 0..<25 {
                let body = RealCluster.configMap(
                    "item-\(number + 10)",
                    ["key": "\(number)"],
                    labels: ["odd": "\(number % 2 == 1)"]
                )
                _ = try await client.create(.configMaps, namespace: namespace, body: body)
            }
            var pages: [ListPage] = []
            var stored: [String: [UInt8]] = [:]
            var names: [String] = []
            let last = try await client.list(
                .configMaps,
                namespace: namespace,
                options: ListOptions(limit: 10, labelSelector: "odd"),
                onPage: { pages.append($0) },
                onItem: { item in
                    names.append(item.name)
                    stored[item.name] = item.objectBytes(apiVersion: "v1", kind: "ConfigMap")
                }
            )
            #expect(pages.map(\.itemCount) == [10, 10, 5])
            #expect(last.itemCount == 25 && last.bytesRead == pages.map(\.bytesRead).reduce(0, +))
            #expect(Set(pages.map(\.resourceVersion)).count == 1)
            #expect(pages.map(\.kind) == Array(repeating: "ConfigMapList", count: 3))
            #expect(pages[0].continueToken != nil && pages[2].continueToken == nil)
            #expect(names == (0..<25).map { "item-\($0 + 10)" })
            for name in ["item-10", "item-34"] {
                let got = try JSONValue(
                    parsing: try await client.get(.configMaps, ObjectName(namespace: namespace, name: name))
                )
                let listed = try JSONValue(parsing: try #require(stored[name]))
                #expect(got.isEquivalent(to: listed))
            }
            var odd = 0
            try await client.list(.configMaps, namespace: namespace, options: ListOptions(labelSelector: "odd=true")) {
                _ in odd += 1
            }
            #expect(odd == 12)
        }
    }

    @Test("A list as of a revision shows what was there then")
    func exactRevision() async throws {
        try await RealCluster.withNamespace { client, namespace in
            _ = try await client.create(.configMaps, namespace: namespace, body: RealCluster.configMap("before"))
            let now = try await client.listPage(.configMaps, namespace: namespace) { _ in }
            _ = try await client.create(.configMaps, namespace: namespace, body: RealCluster.configMap("after"))
            var names: [String] = []
            let options = ListOptions(limit: 1, resourceVersion: now.resourceVersion, match: .exact)
            let page = try await client.list(.configMaps, namespace: namespace, options: options) {
                names.append($0.name)
            }
            #expect(page.resourceVersion == now.resourceVersion)
            #expect(names.filter { $0 != "kube-root-ca.crt" } == ["before"])
        }
    }

    @Test("An object is created, changed in every way, and deleted")
    func lifecycle() async throws {
        try await RealCluster.withNamespace { client, namespace in
            let name = ObjectName(namespace: namespace, name: "thing")
            func data(_ bytes: [UInt8], _ key: String) throws -> String? {
                try KubernetesObject(parsing: bytes)["data", .key(key)]?.text
            }
            let dry = try await client.create(
                .configMaps,
                namespace: namespace,
                body: RealCluster.configMap("thing"),
                options: WriteOptions(dryRun: true)
            )
            #expect(try KubernetesObject(parsing: dry).name == "thing")
            await #expect { try await client.get(.configMaps, name) } throws: {
                ($0 as? KubeAPIError)?.code == .notFound
            }

            let created = try KubernetesObject(
                parsing: try await client.create(
                    .configMaps,
                    namespace: namespace,
                    body: RealCluster.configMap("thing", ["a": "1"]),
                    options: WriteOptions(fieldManager: "kbackup-test")
                )
            )
            #expect(created["metadata", "managedFields", 0, "manager"]?.text == "kbackup-test")
            let again = await #expect(throws: KubeAPIError.self) {
                try await client.create(.configMaps, namespace: namespace, body: RealCluster.configMap("thing"))
            }
            #expect(again?.code == .alreadyExists)

            var changed = created
            changed["data", "a"] = "2"
            #expect(try data(try await client.replace(.configMaps, name, body: changed.serialized()), "a") == "2")
            let stale = await #expect(throws: KubeAPIError.self) {
                try await client.replace(.configMaps, name, body: changed.serialized())
            }
            #expect(stale?.code == .conflict)

            #expect(
                try data(try await client.mergePatch(.configMaps, name, body: Array(#"{"data":{"b":"3"}}"#.utf8)), "b")
                    == "3"
            )
            let jsonPatch = Array(
                #"[{"op":"test","path":"/data/a","value":"2"},{"op":"remove","path":"/data/a"}]"#.utf8
            )
            #expect(try data(try await client.jsonPatch(.configMaps, name, body: jsonPatch), "a") == nil)

            let applied = RealCluster.configMap("thing", ["b": "4", "c": "5"])
            let taken = await #expect(throws: KubeAPIError.self) {
                try await client.apply(.configMaps, name, body: applied, fieldManager: "other")
            }
            #expect(taken?.code == .conflict)
            #expect(taken?.causes.contains { $0.field.contains("data") } == true)
            #expect(
                try data(
                    try await client.apply(.configMaps, name, body: applied, fieldManager: "other", force: true),
                    "b"
                ) == "4"
            )

            let uid = try #require(created.uid)
            let other = await #expect(throws: KubeAPIError.self) {
                try await client.delete(
                    .configMaps,
                    name,
                    options: DeleteOptions(uid: "00000000-0000-0000-0000-000000000000")
                )
            }
            #expect(other?.code == .conflict)
            try await client.delete(
                .configMaps,
                name,
                options: DeleteOptions(uid: uid, propagationPolicy: .background, gracePeriodInSeconds: 0)
            )
            await #expect { try await client.get(.configMaps, name) } throws: {
                ($0 as? KubeAPIError)?.code == .notFound
            }
        }
    }

    @Test("The status is written by itself")
    func status() async throws {
        try await RealCluster.withNamespace { client, namespace in
            let resource = APIResource(
                gvr: GroupVersionResource(group: "", version: "v1", resource: "persistentvolumeclaims"),
                kind: "PersistentVolumeClaim",
                isNamespaced: true
            )
            let claim =
                #"{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"a"},"spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"none","resources":{"requests":{"storage":"1Gi"}}}}"#
            _ = try await client.create(resource, namespace: namespace, body: Array(claim.utf8))
            let patched = try await client.mergePatch(
                resource,
                ObjectName(namespace: namespace, name: "a"),
                body: Array(#"{"status":{"phase":"Lost"}}"#.utf8),
                subresource: "status"
            )
            #expect(try KubernetesObject(parsing: patched)["status", "phase"]?.text == "Lost")
        }
    }

    @Test(
        "Names of RBAC objects pass, whatever their characters",
        arguments: ["a:b:c", "system:x", "With Space+plus", "ümlaut"]
    )
    func oddNames(name: String) async throws {
        let client = try RealCluster.client()
        let name = "kubeapi-test-\(UUID().uuidString.prefix(8)):\(name)"
        let object = KubernetesObject([
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": ["name": .string(name)],
            "rules": [],
        ])
        _ = try await client.create(.clusterRoles, namespace: nil, body: object.serialized())
        let got = try KubernetesObject(parsing: try await client.get(.clusterRoles, ObjectName(name: name)))
        #expect(got.name == name)
        try await client.delete(.clusterRoles, ObjectName(name: name))
    }

    @Test("Refusals have their codes, reasons and causes")
    func refusals() async throws {
        try await RealCluster.withNamespace { client, namespace in
            let invalid = await #expect(throws: KubeAPIError.self) {
                try await client.create(
                    .configMaps,
                    namespace: namespace,
                    body: Array(#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"Not Valid"}}"#.utf8)
                )
            }
            #expect(invalid?.code == .invalid)
            #expect(invalid?.causes.map(\.field).contains("metadata.name") == true)
            let garbage = await #expect(throws: KubeAPIError.self) {
                try await client.create(.configMaps, namespace: namespace, body: Array("{".utf8))
            }
            #expect(garbage?.code == .badRequest)
            var unknown = APIResource.configMaps
            unknown.gvr.group = "nowhere.example.com"
            await #expect { try await client.listPage(unknown) { _ in } } throws: {
                ($0 as? KubeAPIError)?.code == .notFound
            }

            var connection = client.connection
            connection.impersonation = Impersonation(user: "nobody", groups: ["none", "system:authenticated"])
            let forbidden = await #expect(throws: KubeAPIError.self) {
                try await KubeClient(connection: connection).listPage(.secrets, namespace: namespace) { _ in }
            }
            #expect(forbidden?.code == .forbidden)
            #expect(forbidden?.message.contains("nobody") == true)

            connection = client.connection
            connection.tls.clientCertificate = nil
            connection.tls.clientPrivateKey = nil
            connection.credentials = .bearerToken(Secret("wrong"))
            let unauthorized = await #expect(throws: KubeAPIError.self) {
                try await KubeClient(connection: connection).clusterIdentity()
            }
            #expect(unauthorized?.code == .unauthorized)
            #expect(unauthorized?.message.contains("wrong") == false)
        }
    }

    @Test("A token file that has been renewed is read again when the server refuses the old token")
    func renewedTokenFile() async throws {
        try await TemporaryFolder.with { folder in
            let token = try #require(
                RealCluster.environment["KBACKUP_TEST_KUBE_TOKEN_FILE"].flatMap {
                    try? String(contentsOfFile: $0, encoding: .utf8)
                }
            )
            var connection = try RealCluster.connection(token: true)
            connection.credentials = .tokenFile(path: try folder.write("token", "old"), fallback: nil)
            let client = KubeClient(connection: connection)
            await #expect { try await client.clusterIdentity() } throws: {
                ($0 as? KubeAPIError)?.code == .unauthorized
            }
            try folder.write("token", "\(token)\n")
            #expect(try await !client.clusterIdentity().isEmpty)
        }
    }

    @Test("A server with another CA is not talked to")
    func wrongCA() async throws {
        var connection = try RealCluster.connection()
        connection.tls.certificateAuthorities = nil
        var client = KubeClient(connection: connection)
        client.retryPolicy = .impatient
        let error = await #expect(throws: KubeAPIError.self) { try await client.serverVersion() }
        #expect(error?.code == .tlsFailed)
        #expect(error?.message.contains("certificate-authority") == true)
    }

    @Test("http to an https server is told so")
    func plainHTTP() async throws {
        var connection = try RealCluster.connection()
        connection.server = connection.server.replacing("https://", with: "http://")
        let error = await #expect(throws: KubeAPIError.self) {
            try await KubeClient(connection: connection).serverVersion()
        }
        #expect(error?.code == .notKubernetes)
        #expect(error?.message.contains("https") == true)
    }
}
