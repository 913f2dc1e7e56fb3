import KubeAPI
import KubernetesModel
import Synchronization
import Testing

@testable import RestoreEngine

@Suite("Owners of restored objects")
struct RestoreOwnerTests {
    private static let early = KubeAPIError.refused(.forbidden, 403, "not yet ready to handle request")

    private static func owned(by owners: [String], _ more: String = "") -> String {
        let references = owners.map {
            "{'apiVersion': 'example.com/v1', 'kind': 'Order', 'name': '\($0)', 'uid': 'uid-orders.example.com/shop/\($0)'}"
        }
        return "{'metadata': {\(more)'ownerReferences': [\(references.joined(separator: ", "))]}}"
    }

    /// An order, what comes before it, and what comes after it.
    private static let table = [
        "namespaces/shop": "{}", "orders.example.com/shop/z": "{}", "secrets/shop/s": owned(by: ["z"]),
        "parts.example.com/shop/p": owned(by: ["z"]),
    ]

    private func restore(
        _ fixture: BackupFixture,
        into target: ScriptedTarget,
        time: ScriptedTime = ScriptedTime(),
        _ change: (inout RestoreSpec) -> Void = { _ in }
    ) async throws -> RestoreReport {
        var spec = RestoreSpec()
        change(&spec)
        return try await RestoreEngine(target: target, source: fixture.source, time: time.time)
            .run(name: "r", targetCluster: "target", spec: spec, program: "test")
    }

    private func owners(of path: String, in target: ScriptedTarget) -> [String]? {
        target.object(path)?.ownerReferences.map(\.uid)
    }

    private let z = "new-orders.example.com/shop/z"

    @Test("Objects are attached to an owner that had to be postponed")
    func postponedOwner() async throws {
        let fixture = try await BackupFixture(Self.table)
        let target = ScriptedTarget(serving: fixture.source) { request in
            request.verb == "create" && request.name.name == "z" && request.attempt < 5 ? .error(Self.early) : nil
        }
        let report = try await restore(fixture, into: target)
        #expect(report.phase == .completed)
        #expect(report.warnings == [])
        #expect(target.created.last == "orders.example.com/shop/z")
        #expect(owners(of: "secrets/shop/s", in: target) == [z])
        #expect(owners(of: "parts.example.com/shop/p", in: target) == [z])
    }

    @Test("No object is attached to the owner's predecessor, which is being deleted")
    func deletedOwner() async throws {
        let fixture = try await BackupFixture(Self.table)
        let target = ScriptedTarget(serving: fixture.source)
        target.put(
            "orders.example.com/shop/z",
            try object("{'metadata': {'name': 'z', 'uid': 'doomed', 'deletionTimestamp': 't'}}")
        )
        let isGone = Mutex(false)
        let time = ScriptedTime { now in
            guard now >= .seconds(30), !isGone.withLock({ $0 }) else { return }
            isGone.withLock { $0 = true }
            #expect(target.object("secrets/shop/s")?.ownerReferences == [])
            #expect(target.object("parts.example.com/shop/p")?.ownerReferences == [])
            target.remove("orders.example.com/shop/z")
        }
        let report = try await restore(fixture, into: target, time: time)
        #expect(report.phase == .completed)
        #expect(owners(of: "secrets/shop/s", in: target) == [z])
        #expect(owners(of: "parts.example.com/shop/p", in: target) == [z])
    }

    @Test("An owner that fails in the end is told with each object that lacks it", arguments: [false, true])
    func failedOwner(isDeleted: Bool) async throws {
        let fixture = try await BackupFixture(Self.table)
        let target = ScriptedTarget(serving: fixture.source) { request in
            request.verb == "create" && request.name.name == "z" && !isDeleted ? .error(Self.early) : nil
        }
        if isDeleted {
            target.put(
                "orders.example.com/shop/z",
                try object("{'metadata': {'name': 'z', 'uid': 'doomed', 'deletionTimestamp': 't'}}")
            )
        }
        let report = try await restore(fixture, into: target)
        #expect(report.failures.map(\.subject) == ["orders.example.com/shop/z"])
        for path in ["secrets/shop/s", "parts.example.com/shop/p"] {
            let why = isDeleted ? "is being deleted" : "was not restored"
            #expect(report.warnings.contains { $0.hasPrefix("\(path): Its owner, Order 'z', \(why)") }, "\(path)")
            #expect(owners(of: path, in: target) == [])
        }
        #expect(report.warnings.count == 2)
    }

    @Test("An owner of a kind of which nothing is restored is looked for in the cluster")
    func unselectedOwner() async throws {
        var table = Self.table
        table["secrets/shop/s"] = Self.owned(by: ["z", "gone"], "'labels': {'a': 'b'}, ")
        let fixture = try await BackupFixture(table)
        let target = ScriptedTarget(serving: fixture.source)
        target.put("orders.example.com/shop/z", try object("{'metadata': {'name': 'z', 'uid': 'there'}}"))
        let report = try await restore(fixture, into: target) { $0.labelSelector = "a=b" }
        #expect(report.phase == .completed)
        #expect(owners(of: "secrets/shop/s", in: target) == ["there"])
        #expect(report.warnings.count == 1)
        #expect(report.warnings.first?.hasPrefix("secrets/shop/s: Its owner, Order 'gone'") == true)
    }

    @Test("References that the cluster does not take at once are tried again, and told of in the end")
    func refusedPatch() async throws {
        let fixture = try await BackupFixture(Self.table)
        for isForEver in [false, true] {
            let target = ScriptedTarget(serving: fixture.source) { request in
                guard request.verb == "patch", isForEver || request.attempt < 3 else { return nil }
                return .error(.refused(.serverError, 500, "etcdserver: leader changed"))
            }
            let report = try await restore(fixture, into: target)
            #expect(report.phase == .completed)
            #expect(owners(of: "secrets/shop/s", in: target) == (isForEver ? [] : [z]))
            let warning = "secrets/shop/s: Its references to owners could not be added: etcdserver: leader changed"
            #expect(report.warnings == (isForEver ? [warning] : []))
        }
    }
}
