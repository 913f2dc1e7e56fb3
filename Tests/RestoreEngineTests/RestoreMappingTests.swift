import KubeAPI
import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Namespaces restored under other names, beside themselves")
struct RestoreMappingTests {
    private static let binding = "clusterrolebindings.rbac.authorization.k8s.io/b"
    private static let role = "clusterroles.rbac.authorization.k8s.io/r"

    private static let table = [
        "namespaces/shop": "{}", "serviceaccounts/shop/robot": "{}", role: "{'rules': [{'verbs': ['get']}]}",
        binding:
            "{'roleRef': {'kind': 'ClusterRole', 'name': 'r'}, 'subjects': [{'kind': 'ServiceAccount', 'name': 'robot', 'namespace': 'shop'}]}",
        "persistentvolumes/v":
            "{'spec': {'claimRef': {'namespace': 'shop', 'name': 'c', 'uid': 'u', 'resourceVersion': '1'}}}",
        "persistentvolumeclaims/shop/c": "{'spec': {'volumeName': 'v'}}",
        "services/shop/web":
            "{'metadata': {'managedFields': [{'manager': 'a-user', 'fieldsV1': {'f:spec': {'f:ports': {'k:{\\'port\\':80}': {'f:nodePort': {}}}}}}]}, 'spec': {'ports': [{'port': 80, 'nodePort': 30080}]}}",
    ]

    /// Restores namespace `shop` as `copy` into the cluster that was backed up.
    private func restore(
        fault: @escaping @Sendable (ScriptedTarget.Request) -> ScriptedTarget.Fault? = { _ in nil },
        prepare: (ScriptedTarget) throws -> Void = { _ in }
    ) async throws -> (report: RestoreReport, target: ScriptedTarget) {
        let fixture = try await BackupFixture(Self.table)
        let target = ScriptedTarget(serving: fixture.source, fault: fault)
        for (path, json) in Self.table {
            let key = try key(path)
            var live = try object(json)
            live.apiVersion = key.group.isEmpty ? "v1" : "\(key.group)/v1"
            live.kind = BackupFixture.kind(of: key.resource)
            live.name = key.name
            if !key.namespace.isEmpty { live.namespace = key.namespace }
            target.put(path, live)
        }
        try prepare(target)
        var spec = RestoreSpec()
        spec.includedNamespaces = ["shop"]
        spec.namespaceMappings = ["shop": "copy"]
        let report = try await RestoreEngine(target: target, source: fixture.source, time: ScriptedTime().time)
            .run(name: "r", targetCluster: "target", spec: spec, program: "test")
        return (report, target)
    }

    @Test("What is there for the original stays with it, and is told; nothing fails")
    func clone() async throws {
        let (report, target) = try await restore { request in
            guard request.verb == "create", request.resource == "services", request.attempt == 1 else { return nil }
            let said = "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"
            return .error(.refused(.invalid, 422, said))
        }
        #expect(report.phase == .completed)
        #expect(report.conflicts == [])
        #expect(report.failures == [])
        #expect(report.resources.reduce(0) { $0 + $1.unchanged } == 3)
        #expect(target.object("persistentvolumes/v")?["spec", "claimRef", "namespace"]?.text == "shop")
        #expect(target.object(Self.binding)?["subjects", 0, "namespace"]?.text == "shop")
        let claim = try #require(target.object("persistentvolumeclaims/copy/c"))
        #expect(claim["spec", "volumeName"] == nil)
        let service = try #require(target.object("services/copy/web"))
        #expect(service["spec", "ports", 0, "nodePort"] == nil)
        let starts = [
            Self.binding, "persistentvolumes/v", "persistentvolumeclaims/shop/c (as copy/c)",
            "services/shop/web (as copy/web)",
        ]
        for start in starts { #expect(report.warnings.contains { $0.hasPrefix("\(start): ") }, "\(start)") }
        #expect(report.warnings.count == 4)
    }

    @Test("What lies in a namespace that is not mapped stays with the original, too")
    func neighbour() async throws {
        let path = "rolebindings.rbac.authorization.k8s.io/data/views"
        let json = """
            {'apiVersion': 'rbac.authorization.k8s.io/v1', 'kind': 'Rolebinding', 'roleRef': {'kind': 'Role', 'name': 'r'},
             'subjects': [{'kind': 'ServiceAccount', 'name': 'robot', 'namespace': 'shop'}],
             'metadata': {'name': 'views', 'namespace': 'data'}}
            """
        let source = try await BackupFixture([path: json, "serviceaccounts/shop/robot": "{}"]).source
        let target = ScriptedTarget(serving: source)
        target.put(path, try object(json))
        var spec = RestoreSpec()
        spec.namespaceMappings = ["shop": "copy"]
        let report = try await RestoreEngine(target: target, source: source, time: ScriptedTime().time)
            .run(name: "r", targetCluster: "target", spec: spec, program: "test")
        #expect(report.phase == .completed)
        #expect(report.conflicts == [])
        #expect(target.object(path)?["subjects", 0, "namespace"]?.text == "shop")
        #expect(report.warnings.contains { $0.hasPrefix("\(path): ") })
    }

    @Test("What is there for the original and differs is a conflict")
    func changedOriginal() async throws {
        let (report, _) = try await restore(prepare: { target in
            var volume = try #require(target.object("persistentvolumes/v"))
            volume["spec", "capacity"] = "1Ti"
            target.put("persistentvolumes/v", volume)
        })
        #expect(report.phase == .partiallyFailed)
        #expect(report.conflicts.map(\.subject) == ["persistentvolumes/v"])
    }

    @Test("A service that got another node port is not a conflict when its restore is gone on with")
    func reallocated() async throws {
        for manager in ["kbackup", "a-user"] {
            let (report, target) = try await restore(prepare: { target in
                var service = try #require(target.object("services/shop/web"))
                service.namespace = "copy"
                service["metadata", "managedFields", 0, "manager"] = .string(manager)
                service["spec", "ports", 0, "nodePort"] = 31234
                target.put("services/copy/web", service)
            })
            let isConflict = report.conflicts.map(\.subject) == ["services/shop/web (as copy/web)"]
            #expect(isConflict == (manager == "a-user"), "\(manager)")
            #expect(report.phase == (isConflict ? .partiallyFailed : .completed))
            #expect(target.object("services/copy/web")?["spec", "ports", 0, "nodePort"] == 31234)
        }
    }

    @Test("A port for health checks that is taken is left to the server")
    func healthCheckPort() async throws {
        let (report, target) = try await restore { request in
            guard request.verb == "create", request.resource == "services", request.attempt == 1 else { return nil }
            let said = "failed to allocate requested HealthCheck NodePort 30000: provided port is already allocated"
            return .error(.refused(.serverError, 500, said))
        }
        #expect(report.phase == .completed)
        #expect(target.attempts("create", "services/copy/web") == 2)
        #expect(target.object("services/copy/web")?["spec", "ports", 0, "nodePort"] == nil)
    }
}
