import KubernetesModel
import Synchronization
import Testing

@testable import BackupEngine

@Suite("Revisions of lists")
struct RevisionTests {
    private static let objects = [
        "namespaces/shop": "{}", "configmaps/shop/a": "{}", "secrets/shop/b": "{}", "events/shop/e": "{}",
        "widgets.example.com/shop/w": "{}",
    ]

    @Test("Everything is listed at the revision of the first list")
    func pinned() async throws {
        let result = try await FakeCluster(["configmaps", "secrets"], Self.objects).backup()
        #expect(result.details.revision == "100")
        #expect(result.details.resources.allSatisfy { $0.isAtRevision && $0.revisions == ["100"] && !$0.isKeptApart })
        #expect(result.details.warnings.isEmpty)
    }

    @Test("What is listed after the revision was given up is of a later one, and told with it")
    func compacted() async throws {
        var cluster = FakeCluster(["configmaps", "secrets"], Self.objects)
        let inner = cluster
        cluster.override = { request in
            if request.path == "/api/v1/secrets", request.query("resourceVersion") == "100" {
                return .failure(410, "Expired")
            }
            // Meanwhile the cluster has moved on.
            guard request.query("limit") == "1" else { return nil }
            let name: GroupResource = request.path == "/api/v1/secrets" ? "secrets" : "namespaces"
            return inner.list(name, nil, request, revision: "250")
        }
        let result = try await cluster.backup()
        #expect(result.details.phase == .completed, "\(result.details.failures)")
        #expect(result.details.revision == "100")
        let secrets = try #require(result.count("secrets"))
        #expect(!secrets.isAtRevision && secrets.revisions == ["250"] && !secrets.isKeptApart)
        #expect(result.count("namespaces")?.isAtRevision == true)
        let warning = try #require(result.details.warnings.first)
        #expect(warning.hasPrefix("The server gave up revision 100 while the backup ran."))
        #expect(warning.contains("secrets (250)"))
    }

    @Test("A revision that is given up again and again is a failure of that list alone")
    func unsteady() async throws {
        var cluster = FakeCluster(["configmaps", "secrets"], Self.objects)
        let inner = cluster
        let revision = Mutex(100)
        cluster.override = { request in
            if request.path == "/api/v1/secrets", request.query("limit") != "1" { return .failure(410, "Expired") }
            guard request.query("limit") == "1" else { return nil }
            let now = revision.withLock { revision in
                revision += 1
                return revision
            }
            let name: GroupResource = request.path == "/api/v1/secrets" ? "secrets" : "namespaces"
            return inner.list(name, nil, request, revision: "\(now)")
        }
        let result = try await cluster.backup()
        #expect(result.details.failures.map(\.subject) == ["secrets"])
        #expect(result.stored.contains("configmaps/shop/a"))
    }

    private static let apiService =
        #"{"spec":{"group":"example.com","version":"v1","service":{"namespace":"shop","name":"api"}}}"#

    @Test("An aggregated API that has revisions of its own is listed at none of the cluster's, and marked")
    func aggregated() async throws {
        var cluster = FakeCluster(
            ["configmaps", "widgets.example.com", "*apiservices.apiregistration.k8s.io"],
            Self.objects.merging(["apiservices.apiregistration.k8s.io/v1.example.com": Self.apiService]) { $1 }
        )
        let inner = cluster
        cluster.override = { request in
            guard request.path == "/apis/example.com/v1/widgets" else { return nil }
            // Asked for the cluster's revision it would answer with a state of long ago.
            if request.query("resourceVersion") != nil { return inner.list("configmaps", nil, request) }
            return inner.list("widgets.example.com", nil, request, revision: "90000")
        }
        let result = try await cluster.backup()
        let widgets = try #require(result.count("widgets.example.com"))
        #expect(widgets.objects == 1)
        #expect(widgets.isKeptApart && !widgets.isAtRevision && widgets.revisions == ["90000"])
        #expect(result.count("configmaps")?.isAtRevision == true)
        #expect(result.details.warnings.isEmpty)
    }

    @Test("An aggregated API that shares the cluster's etcd is listed at its revision")
    func aggregatedInOneEtcd() async throws {
        let cluster = FakeCluster(
            ["configmaps", "widgets.example.com", "*apiservices.apiregistration.k8s.io"],
            Self.objects.merging(["apiservices.apiregistration.k8s.io/v1.example.com": Self.apiService]) { $1 }
        )
        let widgets = try #require(try await cluster.backup().count("widgets.example.com"))
        #expect(widgets.isAtRevision && !widgets.isKeptApart)
    }

    @Test("Who may not read API services has every group probed that is not Kubernetes' own")
    func unknownAggregation() async throws {
        var cluster = FakeCluster(
            ["widgets.example.com", "*apiservices.apiregistration.k8s.io"],
            Self.objects
        )
        let inner = cluster
        cluster.override = { request in
            if request.path == "/apis/apiregistration.k8s.io/v1/apiservices" { return .failure(403, "Forbidden") }
            guard request.path == "/apis/example.com/v1/widgets", request.query("resourceVersion") == nil else {
                return nil
            }
            return inner.list("widgets.example.com", nil, request, revision: "7")
        }
        let widgets = try #require(try await cluster.backup().count("widgets.example.com"))
        #expect(widgets.isKeptApart)
    }

    @Test("Events that have an etcd of their own do not cost the other resources their revision")
    func events() async throws {
        var cluster = FakeCluster(["configmaps", "events"], Self.objects)
        let inner = cluster
        cluster.override = { request in
            guard request.path == "/api/v1/events" else { return nil }
            if request.query("resourceVersion") != nil { return .failure(410, "Expired") }
            return inner.list("events", nil, request, revision: "5000000")
        }
        let result = try await cluster.backup()
        #expect(result.details.phase == .completed, "\(result.details.failures)")
        #expect(result.count("events")?.isKeptApart == true)
        #expect(result.count("configmaps")?.isAtRevision == true)
        #expect(result.details.warnings.isEmpty)
    }

    @Test("A resource that turns out to be kept elsewhere is listed as it is, and the others keep their revision")
    func keptElsewhere() async throws {
        var cluster = FakeCluster(["configmaps", "secrets"], Self.objects)
        let inner = cluster
        cluster.override = { request in
            guard request.path == "/api/v1/secrets" else { return nil }
            if request.query("resourceVersion") != nil { return .failure(410, "Expired") }
            return inner.list("secrets", nil, request, revision: "3")
        }
        let result = try await cluster.backup()
        #expect(result.count("secrets")?.isKeptApart == true)
        #expect(result.count("secrets")?.objects == 1)
        #expect(result.count("configmaps")?.isAtRevision == true)
    }

    @Test("A resource that may not be listed does not make others of its server ones that are kept elsewhere")
    func forbiddenProbe() async throws {
        let objects = [
            "namespaces/shop": "{}", "gadgets.example.com/shop/g": "{}", "widgets.example.com/shop/w": "{}",
            "apiservices.apiregistration.k8s.io/v1.example.com": Self.apiService,
        ]
        var cluster = FakeCluster(
            ["gadgets.example.com", "widgets.example.com", "*apiservices.apiregistration.k8s.io"],
            objects
        )
        cluster.override = { request in
            request.path == "/apis/example.com/v1/gadgets" ? .failure(403, "Forbidden") : nil
        }
        let result = try await cluster.backup()
        #expect(result.details.failures.map(\.subject) == ["gadgets.example.com"])
        let widgets = try #require(result.count("widgets.example.com"))
        #expect(widgets.isAtRevision && !widgets.isKeptApart)
        #expect(result.details.warnings == [])

        // Where no list for the probe is allowed, that is told.
        cluster.override = { request in
            request.path.hasPrefix("/apis/example.com/v1/") && request.query("limit") == "1"
                ? .failure(403, "Forbidden") : nil
        }
        let blind = try await cluster.backup()
        #expect(blind.details.failures.isEmpty)
        #expect(blind.count("widgets.example.com")?.isKeptApart == false)
        #expect(blind.details.warnings.first?.hasPrefix("Whether group example.com shares the revision") == true)
    }

    @Test("When the cluster's revision may not be read again, all is listed without one, and that is told")
    func forbiddenRenewal() async throws {
        var cluster = FakeCluster(["configmaps", "secrets", "events"], Self.objects)
        cluster.override = { request in
            if request.path == "/api/v1/namespaces", request.query("limit") == "1" { return .failure(403, "Forbidden") }
            if request.path == "/api/v1/secrets", request.query("resourceVersion") != nil {
                return .failure(410, "Expired")
            }
            return nil
        }
        let result = try await cluster.backup()
        #expect(result.details.phase == .completed, "\(result.details.failures)")
        #expect(result.stored.contains("secrets/shop/b") && result.stored.contains("events/shop/e"))
        #expect(result.count("secrets")?.isAtRevision == false)
        #expect(result.count("events")?.isKeptApart == false)
        let warnings = result.details.warnings
        #expect(warnings.contains { $0.hasPrefix("Which resources do not share the revision") }, "\(warnings)")
        #expect(warnings.contains { $0.hasPrefix("No new revision could be read") }, "\(warnings)")
    }

    @Test("A server that knows no revisions is listed as it is")
    func noRevisions() async throws {
        var cluster = FakeCluster(["configmaps"], Self.objects)
        let inner = cluster
        cluster.override = { request in
            guard request.path.hasPrefix("/api/v1/"), !request.path.hasSuffix("kube-system") else { return nil }
            return inner.list(
                GroupResource(String(request.path.split(separator: "/").last ?? "")),
                nil,
                request,
                revision: ""
            )
        }
        let result = try await cluster.backup()
        #expect(result.stored.contains("configmaps/shop/a"))
        #expect(result.count("configmaps")?.isAtRevision == false)
        #expect(result.count("configmaps")?.revisions == [])
    }
}
