import KubeAPI
import KubernetesModel
import Synchronization
import Testing

@testable import RestoreEngine

@Suite("Definitions that are still being deleted")
struct RestoreDefinitionTests {
    private static let kind: GroupResource = "orders.example.com"
    private static let definition = "customresourcedefinitions.apiextensions.k8s.io/orders.example.com"
    private static let established = "'status': {'conditions': [{'type': 'Established', 'status': 'True'}]}"
    private static let orders = ["orders.example.com/shop/o": "{}", "configmaps/shop/a": "{}"]

    private static func backup(holdsDefinition: Bool) async throws -> RestoreSource {
        var table = orders
        if holdsDefinition { table[definition] = "{}" } else { table[definition + ".org"] = "{}" }
        return try await BackupFixture(table).source
    }

    /// Restores while the definition of a kind is being deleted, which is over after a while.
    ///
    /// - Parameters:
    ///   - isShown: Whether discovery tells at first that the kind takes no objects.
    ///   - comesBack: Whether somebody else makes the definition again; otherwise the restore has to.
    private func restore(
        _ source: RestoreSource,
        isShown: Bool,
        comesBack: Bool = false,
        isGoneAfter end: Duration = .seconds(90)
    ) async throws -> (report: RestoreReport, target: ScriptedTarget) {
        let holder = Mutex<ScriptedTarget?>(nil)
        let isGone = Mutex(false)
        let live = "{'metadata': {'name': 'orders.example.com'}, \(Self.established)}"
        let time = ScriptedTime { now in
            guard now >= end, !isGone.withLock({ $0 }), let target = holder.withLock({ $0 }) else { return }
            isGone.withLock { $0 = true }
            target.show(Self.kind, isCreatable: false)
            target.remove(Self.definition)
            if comesBack, let object = try? object(live) {
                target.put(Self.definition, object)
                target.show(Self.kind, isCreatable: true)
            }
        }
        let target = ScriptedTarget(
            serving: source,
            fault: { request in
                guard request.verb == "create", request.resource == Self.kind, let target = holder.withLock({ $0 }),
                    target.object(Self.definition)?.deletionTimestamp != nil
                else { return nil }
                return .error(.refused(.notSupported, 405, "create not allowed while its definition is terminating"))
            },
            defaults: { object in
                object["status", "conditions"] = [["type": "Established", "status": "True"]]
            },
            afterCreate: { path in
                if path == Self.definition { holder.withLock { $0 }?.show(Self.kind, isCreatable: true) }
            }
        )
        holder.withLock { $0 = target }
        target.put(Self.definition, try object(live.replacing("'name'", with: "'deletionTimestamp': 't', 'name'")))
        target.show(Self.kind, isCreatable: !isShown)
        let report = try await RestoreEngine(target: target, source: source, time: time.time)
            .run(name: "r", targetCluster: "target", spec: RestoreSpec(), program: "test")
        return (report, target)
    }

    @Test(
        "Objects wait until their definition has gone and come back, and nothing else waits",
        arguments: [true, false]
    )
    func deleted(isShown: Bool) async throws {
        let (report, target) = try await restore(try await Self.backup(holdsDefinition: true), isShown: isShown)
        #expect(report.phase == .completed)
        #expect(report.skipped == [])
        #expect(
            target.created == ["namespaces/shop", "configmaps/shop/a", Self.definition, "orders.example.com/shop/o"]
        )
        #expect(target.attempts("create", "orders.example.com/shop/o") == 1)
    }

    @Test("They wait also for a definition that somebody else makes again", arguments: [true, false])
    func foreign(isShown: Bool) async throws {
        let source = try await Self.backup(holdsDefinition: false)
        let (report, target) = try await restore(source, isShown: isShown, comesBack: true)
        #expect(report.phase == .completed)
        #expect(target.object("orders.example.com/shop/o") != nil)
    }

    @Test("A definition that does not go in time fails its objects, with the reason", arguments: [true, false])
    func never(isShown: Bool) async throws {
        let source = try await Self.backup(holdsDefinition: true)
        let (report, _) = try await restore(source, isShown: isShown, isGoneAfter: .seconds(1_000_000))
        #expect(report.phase == .partiallyFailed)
        #expect(report.failures.map(\.subject) == [Self.definition, "orders.example.com/shop/o"])
        #expect(report.failures.allSatisfy { $0.reason.contains("still being deleted") })
    }

    @Test("A name that is taken and free in turn is tried with pauses, and given up")
    func flickering() async throws {
        let source = try await BackupFixture(["configmaps/shop/a": "{}", "configmaps/shop/b": "{}"]).source
        let target = ScriptedTarget(serving: source) { request in
            guard request.verb == "create", request.name.name == "a" else { return nil }
            return .error(.refused(.alreadyExists, 409, "configmaps \"a\" already exists", reason: "AlreadyExists"))
        }
        let report = try await RestoreEngine(target: target, source: source, time: ScriptedTime().time)
            .run(name: "r", targetCluster: "target", spec: RestoreSpec(), program: "test")
        #expect(report.failures.map(\.subject) == ["configmaps/shop/a"])
        #expect(target.object("configmaps/shop/b") != nil)
    }

    @Test("Namespaces without content that had to wait are booked once each")
    func bareNamespaces() async throws {
        let source = try await BackupFixture(["configmaps/old/a": "{}", "configmaps/new/b": "{}"]).source
        let holder = Mutex<ScriptedTarget?>(nil)
        let isGone = Mutex(false)
        let time = ScriptedTime { now in
            guard now >= .seconds(90), !isGone.withLock({ $0 }) else { return }
            isGone.withLock { $0 = true }
            holder.withLock { $0?.remove("namespaces/old") }
        }
        let target = ScriptedTarget(serving: source)
        holder.withLock { $0 = target }
        target.put("namespaces/old", try object("{'metadata': {'name': 'old', 'deletionTimestamp': 't'}}"))
        let report = try await RestoreEngine(target: target, source: source, time: time.time)
            .run(name: "r", targetCluster: "target", spec: RestoreSpec(), program: "test")
        let namespaces = try #require(report.resources.first { $0.resource == "namespaces" })
        #expect((namespaces.created, namespaces.unchanged) == (2, 0))
    }
}
