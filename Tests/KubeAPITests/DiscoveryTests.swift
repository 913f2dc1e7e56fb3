import KubeAPI
import KubernetesModel
import Testing

@Suite("Discovery")
struct DiscoveryTests {
    private static let core = #"""
        {"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[{"metadata":{"creationTimestamp":null},"versions":[{"version":"v1","resources":[
        {"resource":"pods","responseKind":{"group":"","version":"v1","kind":"Pod"},"scope":"Namespaced","singularResource":"pod","verbs":["create","delete","get","list"],"shortNames":["po"],"categories":["all"],
        "subresources":[{"subresource":"status","responseKind":{"group":"","version":"v1","kind":"Pod"},"verbs":["get","patch"]}]},
        {"resource":"nodes","responseKind":{"group":"","version":"v1","kind":"Node"},"scope":"Cluster","singularResource":"node","verbs":["list"]},
        {"resource":"events","responseKind":{"group":"","version":"v1","kind":"Event"},"scope":"Namespaced","singularResource":"event","verbs":["list"],"shortNames":["ev"]}],"freshness":"Current"}]}]}
        """#
    private static let groups = #"""
        {"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[
        {"metadata":{"name":"events.k8s.io"},"versions":[{"version":"v1","freshness":"Current","resources":[{"resource":"events","responseKind":{"kind":"Event"},"scope":"Namespaced","singularResource":"event","verbs":["list"],"shortNames":["ev"]}]}]},
        {"metadata":{"name":"example.com"},"versions":[
        {"version":"v1","freshness":"Current","resources":[{"resource":"things","responseKind":{"kind":"Thing"},"scope":"Namespaced","singularResource":"thing","verbs":["list"]}]},
        {"version":"v1beta1","freshness":"Current","resources":[{"resource":"things","responseKind":{"kind":"Thing"},"scope":"Namespaced","verbs":["list"]},{"resource":"old","responseKind":{"kind":"Old"},"scope":"Cluster","verbs":["list"]},{"resource":"odd","responseKind":null,"subresources":[{"subresource":"x"}]}]}]},
        {"metadata":{"name":"metrics.example.com"},"versions":[{"version":"v1","freshness":"Stale","resources":[]}]}]}
        """#

    private static let legacy: [String: FakeAPIServer.Answer] = [
        "/api": .json(200, #"{"kind":"APIVersions","versions":["v1"]}"#),
        "/apis": .json(
            200,
            #"{"kind":"APIGroupList","groups":[{"name":"example.com","versions":[{"groupVersion":"example.com/v1","version":"v1"},{"groupVersion":"example.com/v2","version":"v2"}],"preferredVersion":{"groupVersion":"example.com/v2","version":"v2"}},{"name":"down.example.com","versions":[{"version":"v1"}],"preferredVersion":{"version":"v1"}}]}"#
        ),
        "/api/v1": .json(
            200,
            #"{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods/status","singularName":"","namespaced":true,"kind":"Pod","verbs":["get"]},{"name":"pods","singularName":"","namespaced":true,"kind":"Pod","verbs":["get","list"],"shortNames":["po"]},{"name":"pods/log","namespaced":true,"kind":"Pod","verbs":["get"]}]}"#
        ),
        "/apis/example.com/v1": .json(
            200,
            #"{"kind":"APIResourceList","resources":[{"name":"things","namespaced":true,"kind":"Thing","verbs":["list"]},{"name":"old","kind":"Old","verbs":["list"]}]}"#
        ),
        "/apis/example.com/v2": .json(
            200,
            #"{"kind":"APIResourceList","resources":[{"name":"things","namespaced":true,"kind":"Thing","verbs":["list"]}]}"#
        ),
    ]

    private static func discover(_ answers: [String: FakeAPIServer.Answer]) async throws -> (
        Discovery, [FakeAPIServer.Request]
    ) {
        var result: (Discovery, [FakeAPIServer.Request])?
        try await FakeAPIServer.run { request, _ in
            answers[request.path] ?? .status(503, "ServiceUnavailable", "is down")
        } _: { server in
            result = (try await KubeClient.impatient(server).discover(), server.requests)
        }
        return try #require(result)
    }

    @Test("Where the server aggregates, two requests tell all; what is stale is a failure")
    func aggregated() async throws {
        let (discovery, requests) = try await Self.discover([
            "/api": .json(200, Self.core), "/apis": .json(200, Self.groups),
        ])
        #expect(requests.count == 2)
        #expect(requests.allSatisfy { $0.values("Accept").joined().contains("as=APIGroupDiscoveryList") })
        #expect(discovery.groups.map(\.name) == ["", "events.k8s.io", "example.com", "metrics.example.com"])
        let pods = try #require(discovery.resource("pods"))
        #expect(
            pods.subresources == ["status"] && pods.isNamespaced && pods.shortNames == ["po"]
                && pods.categories == ["all"]
        )
        #expect(discovery.resource("nodes")?.isNamespaced == false)
        #expect(discovery.resource("odd.example.com") == nil)
        #expect(
            discovery.preferredResources.filter { $0.gvr.group == "example.com" }.map(\.gvr.description) == [
                "things.v1.example.com", "old.v1beta1.example.com",
            ]
        )
        #expect(discovery.failures.map(\.groupVersion) == ["metrics.example.com/v1"])
    }

    @Test("Names resolve as kubectl resolves them, and an unknown one tells what could not be asked")
    func resolves() async throws {
        let (discovery, _) = try await Self.discover(["/api": .json(200, Self.core), "/apis": .json(200, Self.groups)])
        #expect(try discovery.resolve("ev").gvr.group == "")
        #expect(try discovery.resolve("Event").gvr.group == "")
        #expect(try discovery.resolve("ev.events.k8s.io").gvr.group == "events.k8s.io")
        #expect(try discovery.resolve("things").gvr.version == "v1")
        #expect(try discovery.resolve("thing.v1beta1.example.com").gvr.version == "v1beta1")
        #expect(discovery.resources(inCategory: "all").map(\.kind) == ["Pod"])
        for unknown in ["pods.example.com", "nothing", "", ".", "pods.v2", "things.v3.example.com"] {
            let error = #expect(throws: KubeAPIError.self) { try discovery.resolve(unknown) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("metrics.example.com/v1") == true)
        }
    }

    @Test("Elsewhere each group is asked, and one that is down is a failure")
    func groupByGroup() async throws {
        let (discovery, _) = try await Self.discover(Self.legacy)
        #expect(discovery.groups.map(\.name) == ["", "example.com", "down.example.com"])
        #expect(discovery.groups[1].preferredVersion == "v2")
        #expect(discovery.resource("pods")?.subresources == ["status", "log"])
        #expect(
            discovery.preferredResources.map(\.gvr.description) == [
                "pods.v1", "things.v2.example.com", "old.v1.example.com",
            ]
        )
        #expect(discovery.failures.map(\.groupVersion) == ["down.example.com/v1"])
        #expect(discovery.failures.first?.message.contains("is down") == true, "\(discovery.failures)")
    }

    @Test("A version that answers something else is a failure, too")
    func oddAnswer() async throws {
        var answers = Self.legacy
        answers["/apis/down.example.com/v1"] = .json(200, #"{"kind":"Unexpected"}"#)
        answers["/apis/example.com/v1"] = .text(200, "<html>", type: "text/html")
        let (discovery, _) = try await Self.discover(answers)
        #expect(Set(discovery.failures.map(\.groupVersion)) == ["down.example.com/v1", "example.com/v1"])
        #expect(discovery.resource("things.example.com")?.gvr.version == "v2")
    }

    @Test("When the list of groups itself cannot be had, discovery fails", arguments: ["/api", "/apis"])
    func noRoot(path: String) async throws {
        var answers = Self.legacy
        answers[path] = nil
        await #expect { try await Self.discover(answers) } throws: { ($0 as? KubeAPIError)?.code == .unavailable }
    }
}
