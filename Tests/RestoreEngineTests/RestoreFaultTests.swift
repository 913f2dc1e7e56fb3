import KubeAPI
import KubernetesModel
import Synchronization
import Testing

@testable import RestoreEngine

@Suite("Restore against faults")
struct RestoreFaultTests {
    private func restore(
        _ table: [String: String],
        versions: [GroupResource: String] = [:],
        time: ScriptedTime = ScriptedTime(),
        limits: RestoreLimits = RestoreLimits(),
        fault: @escaping @Sendable (ScriptedTarget.Request) -> ScriptedTarget.Fault? = { _ in nil },
        prepare: (ScriptedTarget) throws -> Void = { _ in }
    ) async throws -> (report: RestoreReport, target: ScriptedTarget) {
        let source = try await BackupFixture(table).source
        let target = ScriptedTarget(serving: source, versions: versions, fault: fault)
        try prepare(target)
        return (try await run(source, target, time, limits), target)
    }

    private func run(
        _ source: RestoreSource,
        _ target: ScriptedTarget,
        _ time: ScriptedTime,
        _ limits: RestoreLimits = RestoreLimits()
    ) async throws -> RestoreReport {
        try await RestoreEngine(target: target, source: source, limits: limits, time: time.time)
            .run(name: "r", targetCluster: "target", spec: RestoreSpec(), program: "test")
    }

    private func total(_ report: RestoreReport, _ field: KeyPath<RestoreReport.ResourceCount, Int>) -> Int {
        report.resources.reduce(0) { $0 + $1[keyPath: field] }
    }

    private static let one = ["namespaces/shop": "{}", "configmaps/shop/a": "{'data': {'x': '1'}}"]

    @Test(
        "Errors that pass are sat out",
        arguments: [
            KubeAPIError.refused(.tooManyRequests, 429, "too many requests", retryAfter: 1),
            KubeAPIError.refused(.unavailable, 503, "apiserver is shutting down"),
            KubeAPIError.refused(.serverError, 500, "etcdserver: leader changed"),
            KubeAPIError(.unreachable, "connection refused"), KubeAPIError(.unknownOutcome, "lost before it arrived"),
            KubeAPIError.refused(.conflict, 409, "Operation cannot be fulfilled on resourcequotas"),
        ]
    )
    func transient(error: KubeAPIError) async throws {
        let (report, target) = try await restore(Self.one) { request in
            request.verb == "create" && request.attempt < 3 ? .error(error) : nil
        }
        #expect(report.phase == .completed)
        #expect(total(report, \.created) == 2)
        #expect(target.created == ["namespaces/shop", "configmaps/shop/a"])
    }

    @Test("A create whose answer was lost counts as created, once")
    func lostAnswer() async throws {
        let (report, target) = try await restore(Self.one) { request in
            request.verb == "create" && request.attempt == 1 ? .lostAnswer : nil
        }
        #expect(report.phase == .completed)
        #expect(total(report, \.created) == 2)
        #expect(target.attempts("create", "configmaps/shop/a") == 1)
    }

    @Test(
        "A refusal is told with the server's reason, and stops nothing else",
        arguments: [
            KubeAPIError.refused(.forbidden, 403, "exceeded quota: counts"),
            KubeAPIError.refused(.invalid, 422, "spec.x: Required value"),
            KubeAPIError.refused(.tooLarge, 413, "too large"),
        ]
    )
    func refusal(error: KubeAPIError) async throws {
        let table = Self.one.merging(["configmaps/shop/b": "{}", "secrets/shop/c": "{}"]) { first, _ in first }
        let (report, target) = try await restore(table) { request in
            request.verb == "create" && request.name.name == "a" ? .error(error) : nil
        }
        #expect(report.phase == .partiallyFailed)
        #expect(
            report.failures == [RestoreReport.Note(subject: "configmaps/shop/a", reason: error.status?.message ?? "")]
        )
        #expect(target.created.sorted() == ["configmaps/shop/b", "namespaces/shop", "secrets/shop/c"])
    }

    @Test("What is refused for want of something is tried again when the rest is there, then given up")
    func early() async throws {
        let missing = KubeAPIError.refused(
            .forbidden,
            403,
            "pods \"p\" is forbidden: error looking up service account shop/robot: serviceaccount \"robot\" not found"
        )
        let table = [
            "namespaces/shop": "{}", "pods/shop/p": "{}", "pods/shop/q": "{}", "orders.example.com/shop/o": "{}",
        ]
        let (report, target) = try await restore(table) { request in
            guard request.verb == "create", request.resource == "pods" else { return nil }
            return request.name.name == "p" && request.attempt > 3 ? nil : .error(missing)
        }
        #expect(target.object("pods/shop/p") != nil)
        #expect(report.failures.map(\.subject) == ["pods/shop/q"])
        #expect(target.created.firstIndex(of: "orders.example.com/shop/o").map { $0 < 2 } == true)
    }

    @Test("A namespace that is being deleted is waited for, and holds up nothing else")
    func terminatingNamespace() async throws {
        let table = [
            "namespaces/old": "{}", "configmaps/old/a": "{}", "configmaps/old/b": "{}", "namespaces/new": "{}",
            "configmaps/new/c": "{}",
        ]
        let holder = Mutex<ScriptedTarget?>(nil)
        // It goes once; then it is the restore's own.
        let isGone = Mutex(false)
        let time = ScriptedTime { now in
            guard now >= .seconds(90), !isGone.withLock({ $0 }) else { return }
            isGone.withLock { $0 = true }
            holder.withLock { $0?.remove("namespaces/old") }
        }
        let (report, target) = try await restore(
            table,
            time: time,
            prepare: { target in
                target.put("namespaces/old", try object("{'metadata': {'name': 'old', 'deletionTimestamp': 't'}}"))
                holder.withLock { $0 = target }
            }
        )
        #expect(report.phase == .completed)
        #expect(total(report, \.created) == 5)
        #expect(target.created.prefix(2) == ["namespaces/new", "configmaps/new/c"])
        #expect(target.attempts("create", "configmaps/old/a") == 1)
    }

    @Test("A namespace that does not go in time fails its objects, with the reason")
    func namespaceNeverGone() async throws {
        let (report, _) = try await restore(
            Self.one,
            prepare: {
                $0.put("namespaces/shop", try object("{'metadata': {'name': 'shop', 'deletionTimestamp': 't'}}"))
            }
        )
        #expect(report.phase == .partiallyFailed)
        #expect(report.failures.map(\.subject) == ["configmaps/shop/a", "namespaces/shop"])
        #expect(report.failures.allSatisfy { $0.reason.contains("still being deleted") })
    }

    @Test("Existing objects: the same is unchanged, another is a conflict and stays")
    func existing() async throws {
        let table = [
            "configmaps/shop/same": "{'data': {'x': '1'}}", "configmaps/shop/other": "{'data': {'x': 'secret-1'}}",
            "configmaps/shop/labelled": "{'metadata': {'labels': {'a': 'b'}}}",
        ]
        let (report, target) = try await restore(
            table,
            prepare: { target in
                let stored = "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': '%', 'namespace': 'shop'}"
                for (name, data) in [
                    ("same", ", 'data': {'x': '1'}}"), ("other", ", 'data': {'x': 'secret-2'}}"), ("labelled", "}"),
                ] {
                    target.put("configmaps/shop/\(name)", try object(stored.replacing("%", with: name) + data))
                }
            }
        )
        #expect(report.phase == .partiallyFailed)
        #expect(total(report, \.unchanged) == 1)
        #expect(report.conflicts.map(\.subject) == ["configmaps/shop/labelled", "configmaps/shop/other"])
        #expect(report.conflicts.map(\.reason).joined().contains("data.x"))
        #expect(!report.conflicts.map(\.reason).joined().contains("secret"))
        #expect(target.object("configmaps/shop/other")?["data", "x"]?.text == "secret-2")
    }

    @Test("A conflict in nothing but metadata does not make a restore fail")
    func metadataConflict() async throws {
        let (report, _) = try await restore(
            ["namespaces/shop": "{'metadata': {'labels': {'a': 'b'}}}"],
            prepare: {
                $0.put(
                    "namespaces/shop",
                    try object("{'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'shop'}}")
                )
            }
        )
        #expect(report.phase == .completed)
        #expect(report.conflicts.count == 1)
    }

    @Test("A restore that was cut off goes on where it stopped")
    func rerun() async throws {
        let table = Dictionary(
            uniqueKeysWithValues: (0..<40).map { ("configmaps/shop/m\($0)", "{'data': {'x': '\($0)'}}") }
        )
        let source = try await BackupFixture(table).source
        let isCut = Mutex(true)
        let target = ScriptedTarget(serving: source) { request in
            guard request.verb == "create", request.name.name == "m30", isCut.withLock({ $0 }) else { return nil }
            return .error(KubeAPIError(.unauthorized, "The credentials have expired."))
        }
        let error = await #expect(throws: KubeAPIError.self) { _ = try await run(source, target, ScriptedTime()) }
        #expect(error?.code == .unauthorized)
        let before = target.created.count
        isCut.withLock { $0 = false }
        let report = try await run(source, target, ScriptedTime())
        #expect(report.phase == .completed)
        #expect(total(report, \.created) == 41 - before)
        #expect(total(report, \.unchanged) == before)
    }

    @Test("Owners that come later get their objects attached, in any order and in circles")
    func owners() async throws {
        func owned(_ kind: String, _ name: String, _ path: String) -> String {
            "{'metadata': {'ownerReferences': [{'apiVersion': 'example.com/v1', 'kind': '\(kind)', 'name': '\(name)', 'uid': 'uid-\(path)'}]}}"
        }
        let (report, target) = try await restore([
            "configmaps/shop/c": owned("Order", "z", "orders.example.com/shop/z"),
            "orders.example.com/shop/a": owned("Order", "z", "orders.example.com/shop/z"),
            "orders.example.com/shop/z": owned("Part", "p", "parts.example.com/shop/p"),
            "parts.example.com/shop/p": owned("Order", "a", "orders.example.com/shop/a"),
            "secrets/shop/lost": owned("Order", "gone", "nowhere"),
        ])
        #expect(report.phase == .completed)
        for (path, uid) in [
            ("configmaps/shop/c", "new-orders.example.com/shop/z"),
            ("orders.example.com/shop/a", "new-orders.example.com/shop/z"),
            ("orders.example.com/shop/z", "new-parts.example.com/shop/p"),
            ("parts.example.com/shop/p", "new-orders.example.com/shop/a"),
        ] {
            #expect(target.object(path)?.ownerReferences.map(\.uid) == [uid], "\(path)")
        }
        #expect(target.object("secrets/shop/lost")?.ownerReferences == [])
        #expect(report.warnings.contains { $0.hasPrefix("secrets/shop/lost: Its owner, Order 'gone'") })
    }

    @Test("Adopted objects come before their controllers, and without the reference")
    func adoption() async throws {
        let owned =
            "{'metadata': {'ownerReferences': [{'apiVersion': 'apps/v1', 'kind': 'ReplicaSet', 'name': 'r', 'uid': '%', 'controller': true}]}}"
        let (report, target) = try await restore([
            "replicasets.apps/shop/r": "{'metadata': {'uid': 'r'}}", "pods/shop/p": owned.replacing("%", with: "r"),
            "pods/shop/orphan": owned.replacing("%", with: "another"),
        ])
        #expect(report.warnings.count == 0 || report.warnings.allSatisfy { $0.hasPrefix("pods/shop/orphan") })
        #expect(target.object("pods/shop/p")?.ownerReferences == [])
        let pod = try #require(target.created.firstIndex(of: "pods/shop/p"))
        let controller = try #require(target.created.firstIndex(of: "replicasets.apps/shop/r"))
        #expect(pod < controller)
    }

    @Test("Another version of the group is used, and what it lost is told")
    func otherVersion() async throws {
        let (report, target) = try await restore(
            ["orders.example.com/shop/o": "{'apiVersion': 'example.com/v1beta1', 'spec': {'a': 1}}"],
            versions: ["orders.example.com": "v1"]
        )
        #expect(report.phase == .completed)
        #expect(target.object("orders.example.com/shop/o")?.apiVersion == "example.com/v1")
    }

    @Test("A kind that the cluster does not serve fails, object by object")
    func unserved() async throws {
        let source = try await BackupFixture(
            Self.one.merging(["orders.example.com/shop/o": "{}"]) { first, _ in first }
        ).source
        let target = ScriptedTarget(serving: source, unserved: ["orders.example.com"])
        let report = try await run(source, target, ScriptedTime())
        #expect(report.failures.map(\.subject) == ["orders.example.com/shop/o"])
        #expect(report.failures.first?.reason.contains("serves no 'orders.example.com'") == true)
        #expect(total(report, \.created) == 2)
    }

    @Test("Objects behind a restored API service wait for its server")
    func aggregated() async throws {
        let service = "apiservices.apiregistration.k8s.io/v1.metrics.example.com"
        let source = try await BackupFixture([
            service: "{'spec': {'group': 'metrics.example.com', 'service': {'namespace': 'shop', 'name': 's'}}}",
            "samples.metrics.example.com/shop/a": "{}", "services/shop/s": "{}",
        ]).source
        let holder = Mutex<ScriptedTarget?>(nil)
        let time = ScriptedTime { now in
            if now >= .seconds(10) { holder.withLock { $0?.serve("samples.metrics.example.com") } }
        }
        let target = ScriptedTarget(serving: source, unserved: ["samples.metrics.example.com"])
        holder.withLock { $0 = target }
        let report = try await run(source, target, time)
        #expect(report.phase == .completed)
        #expect(
            target.created == ["namespaces/shop", "services/shop/s", service, "samples.metrics.example.com/shop/a"]
        )
    }

    @Test("Custom objects wait until discovery shows their kind, and others do not wait for them")
    func definitions() async throws {
        let definition = "customresourcedefinitions.apiextensions.k8s.io/orders.example.com"
        let source = try await BackupFixture([
            definition: "{'status': {'conditions': []}}", "orders.example.com/shop/o": "{}", "configmaps/shop/a": "{}",
        ]).source
        let holder = Mutex<ScriptedTarget?>(nil)
        let time = ScriptedTime { now in
            let target = holder.withLock { $0 }
            if now >= .seconds(20), var live = target?.object(definition),
                DefinitionReadiness.state(of: live) != .established
            {
                live["status", "conditions"] = [["type": "Established", "status": "True"]]
                target?.put(definition, live)
            }
            if now >= .seconds(40) { target?.serve("orders.example.com") }
        }
        let target = ScriptedTarget(serving: source, unserved: ["orders.example.com"])
        holder.withLock { $0 = target }
        let report = try await run(source, target, time)
        #expect(report.phase == .completed)
        #expect(target.created == [definition, "namespaces/shop", "configmaps/shop/a", "orders.example.com/shop/o"])
    }

    @Test("A volume left behind by the same claim is freed; one of another claim is not touched")
    func volumes() async throws {
        let volume =
            "{'metadata': {'name': '%'}, 'spec': {'claimRef': {'namespace': 'shop', 'name': '@', 'uid': 'old', 'resourceVersion': '1'}}}"
        let (report, target) = try await restore(
            [
                "persistentvolumeclaims/shop/mine": "{'spec': {'volumeName': 'v'}}",
                "persistentvolumeclaims/shop/taken": "{'spec': {'volumeName': 'w'}}",
                "persistentvolumeclaims/shop/lost": "{'spec': {'volumeName': 'x'}}",
                "persistentvolumes/unrelated": "{}",
            ],
            prepare: { target in
                target.put(
                    "persistentvolumes/v",
                    try object(volume.replacing("%", with: "v").replacing("@", with: "mine"))
                )
                target.put(
                    "persistentvolumes/w",
                    try object(volume.replacing("%", with: "w").replacing("@", with: "other"))
                )
            }
        )
        #expect(report.phase == .completed)
        #expect(target.object("persistentvolumes/v")?["spec", "claimRef", "uid"] == nil)
        #expect(target.object("persistentvolumes/w")?["spec", "claimRef", "uid"]?.text == "old")
        #expect(target.object("persistentvolumeclaims/shop/mine")?["spec", "volumeName"]?.text == "v")
        #expect(target.object("persistentvolumeclaims/shop/taken")?["spec", "volumeName"] == nil)
        #expect(target.object("persistentvolumeclaims/shop/lost")?["spec", "volumeName"] == nil)
        #expect(report.warnings.count == 3)
    }

    @Test("Lists of notes are capped, and what is beyond is counted")
    func cappedNotes() async throws {
        var limits = RestoreLimits()
        limits.notes = 3
        let table = Dictionary(uniqueKeysWithValues: (0..<10).map { ("configmaps/shop/m\($0)", "{}") })
        let (report, _) = try await restore(table, limits: limits) { request in
            request.resource == "configmaps" && request.verb == "create" ? .error(.refused(.invalid, 422, "no")) : nil
        }
        #expect(report.failures.count == 3)
        #expect(report.omitted.failures == 7)
        #expect(total(report, \.failed) == 10)
        #expect(total(report, \.created) == 1)
    }

    @Test("Cancellation ends a restore that waits")
    func cancellation() async throws {
        let source = try await BackupFixture(Self.one).source
        let target = ScriptedTarget(serving: source) {
            $0.verb == "create" ? .error(.refused(.tooManyRequests, 429, "later")) : nil
        }
        var limits = RestoreLimits()
        limits.refusalTimeout = .seconds(1_000_000_000)
        let engine = RestoreEngine(target: target, source: source, limits: limits, time: ScriptedTime().time)
        var isCancelled = false
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { @Sendable in
                do {
                    _ = try await engine.run(name: "r", targetCluster: "t", spec: RestoreSpec(), program: "test")
                    return false
                } catch {
                    return error is CancellationError
                }
            }
            while target.attempts("create", "namespaces/shop") < 20 { await Task.yield() }
            group.cancelAll()
            isCancelled = await group.next() ?? false
        }
        #expect(isCancelled)
    }
}
