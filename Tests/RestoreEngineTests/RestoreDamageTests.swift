import KubeAPI
import KubernetesModel
import ObjectStore
import Testing

@testable import RestoreEngine

@Suite("Restore from a damaged backup")
struct RestoreDamageTests {
    private func restore(
        _ fixture: BackupFixture,
        _ change: (inout RestoreSpec) -> Void = { _ in }
    ) async throws -> (report: RestoreReport, target: ScriptedTarget) {
        let target = ScriptedTarget(serving: fixture.source)
        var spec = RestoreSpec()
        change(&spec)
        let report = try await RestoreEngine(target: target, source: fixture.source, time: ScriptedTime().time)
            .run(name: "r", targetCluster: "target", spec: spec, program: "test")
        return (report, target)
    }

    private static let table = [
        "namespaces/shop": "{}", "configmaps/shop/a": "{}", "secrets/shop/x": "{}", "secrets/shop/y": "{}",
        "secrets/web/z": "{}",
    ]

    @Test("A kind of which no object can be read fails object by object, and all others are restored")
    func wholeKind() async throws {
        let fixture = try await BackupFixture(Self.table)
        try await fixture.damage("secrets/shop/x")
        let (report, target) = try await restore(fixture)
        #expect(report.phase == .partiallyFailed)
        #expect(report.failures.map(\.subject) == ["secrets/shop/x", "secrets/shop/y", "secrets/web/z"])
        #expect(report.failures.allSatisfy { $0.reason.contains("Pack ") && $0.reason.contains("not restored") })
        #expect(report.resources.first { $0.resource == "secrets" }?.failed == 3)
        // The backup does not hold namespace 'web', and nothing is left that would need it.
        #expect(target.created == ["namespaces/shop", "configmaps/shop/a"])
        #expect(report.planned == 5)
        #expect(report.resources.reduce(0) { $0 + $1.created + $1.failed } == 5)
    }

    @Test("What was not asked for is not told to be lost")
    func selection() async throws {
        let fixture = try await BackupFixture(Self.table)
        try await fixture.damage("secrets/shop/x")
        let (other, _) = try await restore(fixture) { $0.includedResources = ["configmaps"] }
        #expect(other.phase == .completed)
        #expect(other.failures == [])
        let (one, _) = try await restore(fixture) { $0.includedNamespaces = ["web"] }
        #expect(one.failures.map(\.subject) == ["secrets/web/z"])
    }

    @Test("A pack that is gone or cut off does not end a restore", arguments: [false, true])
    func lostPack(isCut: Bool) async throws {
        var earlier: [String: String] = ["namespaces/shop": "{}"]
        for number in 0..<20 { earlier["configmaps/shop/old\(number)"] = "{'data': {'x': '\(number)'}}" }
        var table = earlier
        // Enough that the later backup has a table of its own.
        for number in 0..<60 { table["secrets/shop/new\(number)"] = "{'data': {'x': '\(number)'}}" }
        let fixture = try await BackupFixture(table, after: earlier)
        let old = try await fixture.packs(of: "configmaps")
        #expect(old.isDisjoint(with: try await fixture.packs(of: "secrets")))
        for pack in old {
            if isCut {
                try await fixture.store.put(
                    Array(try await fixture.store.get(pack, limit: 1 << 30).prefix(20)),
                    at: pack,
                    if: .always
                )
            } else {
                try await fixture.store.delete([pack])
            }
        }
        let (report, target) = try await restore(fixture)
        #expect(report.phase == .partiallyFailed)
        // The namespace, too, is made without what was lost of it: its objects need it.
        #expect(report.failures.count == 21)
        #expect(Set(report.failures.map(\.subject)).isSuperset(of: ["configmaps/shop/old7", "namespaces/shop"]))
        #expect(target.created.count == 61)
        #expect(target.created.first == "namespaces/shop")
    }

    @Test("A lost part of the backup's table is told with its ends, once, and the rest is restored")
    func lostRange() async throws {
        var table = ["namespaces/shop": "{}", "secrets/shop/x": "{}", "secrets/web/y": "{}"]
        for number in 10_000..<15_000 { table["configmaps/shop/m\(number)"] = "{}" }
        let fixture = try await BackupFixture(table)
        try await fixture.damagePage(of: "configmaps/shop/m10000")
        let (report, target) = try await restore(fixture)
        #expect(report.phase == .partiallyFailed)
        let failure = try #require(report.failures.first)
        #expect(report.failures.count == 1)
        #expect(failure.subject == "configmaps/shop/m10000 to configmaps/shop/m14096 (up to 4096 objects)")
        #expect(failure.reason.contains("names of the objects in between are lost"))
        #expect(report.resources.first { $0.resource == "configmaps" }?.failed == 4096)
        #expect(report.resources.first { $0.resource == "configmaps" }?.created == 904)
        #expect(target.object("secrets/shop/x") != nil)

        let (web, _) = try await restore(fixture) { $0.includedNamespaces = ["web"] }
        #expect(web.phase == .completed)
        let (secrets, _) = try await restore(fixture) { $0.includedResources = ["secrets"] }
        #expect(secrets.failures == [])
    }

    @Test("A table that is lost whole is a failure, not an empty restore")
    func lostTable() async throws {
        let fixture = try await BackupFixture(Self.table)
        try await fixture.damagePage(of: "configmaps/shop/a")
        let (report, target) = try await restore(fixture)
        #expect(report.phase == .partiallyFailed)
        #expect(report.failures.map(\.subject) == ["configmaps/shop/a to the end (up to 5 objects)"])
        #expect(target.created == [])
    }

    @Test("An object that may be an older one is not restored")
    func doubtful() async throws {
        var earlier: [String: String] = [:]
        for number in 100..<400 { earlier["configmaps/shop/m\(number)"] = "{'data': {'x': '1'}}" }
        var table = earlier
        table["configmaps/shop/m200"] = "{'data': {'x': '2'}}"
        let fixture = try await BackupFixture(table, after: earlier)
        try await fixture.damagePage(of: "configmaps/shop/m200", layer: 1)
        let (report, target) = try await restore(fixture)
        #expect(report.phase == .partiallyFailed)
        #expect(target.object("configmaps/shop/m199") != nil)
        #expect(target.object("configmaps/shop/m200") == nil)
        let reason = report.failures.first { $0.subject == "configmaps/shop/m200" }?.reason ?? ""
        #expect(reason.contains("A newer version of it may be lost"))
    }

    @Test("What cannot be read where needed objects are looked for is told, unless it was excluded")
    func undecided() async throws {
        let fixture = try await BackupFixture([
            "namespaces/shop": "{}", "persistentvolumeclaims/shop/c": "{}",
            "persistentvolumes/v": "{'spec': {'claimRef': {'namespace': 'shop', 'name': 'c'}}}",
        ])
        try await fixture.damage("persistentvolumes/v")
        let (report, target) = try await restore(fixture) { $0.includedNamespaces = ["shop"] }
        #expect(report.failures.map(\.subject) == ["persistentvolumes/v"])
        #expect(report.failures.first?.reason.contains("cannot be told") == true)
        #expect(target.object("persistentvolumeclaims/shop/c") != nil)
        let (without, _) = try await restore(fixture) {
            $0.includedNamespaces = ["shop"]
            $0.excludedResources = ["persistentvolumes"]
        }
        #expect(without.failures == [])
    }

    @Test("A cluster role that cannot be read is told where it may be part of a needed one", arguments: [true, false])
    func aggregatedRole(isAggregated: Bool) async throws {
        let roles = "clusterroles.rbac.authorization.k8s.io"
        let earlier = ["\(roles)/part": "{'metadata': {'labels': {'to': 'all'}}}"]
        var table = earlier
        table["namespaces/shop"] = "{}"
        table["rolebindings.rbac.authorization.k8s.io/shop/b"] = "{'roleRef': {'kind': 'ClusterRole', 'name': 'all'}}"
        let rule = "{'aggregationRule': {'clusterRoleSelectors': [{'matchLabels': {'to': 'all'}}]}}"
        table["\(roles)/all"] = isAggregated ? rule : "{'rules': []}"
        let fixture = try await BackupFixture(table, after: earlier)
        try await fixture.damage("\(roles)/part")
        let (report, target) = try await restore(fixture) { $0.includedNamespaces = ["shop"] }
        #expect(target.object("\(roles)/all") != nil)
        #expect(report.failures.map(\.subject) == (isAggregated ? ["\(roles)/part"] : []))
        #expect(report.failures.allSatisfy { $0.reason.contains("cannot be told") })
        let (without, _) = try await restore(fixture) {
            $0.includedNamespaces = ["shop"]
            $0.excludedResources = ["clusterroles"]
        }
        #expect(without.failures == [])
    }

    @Test("What can no longer be read when its owners come is told, and does not count twice")
    func lostBeforeAttachment() async throws {
        let fixture = try await BackupFixture([
            "namespaces/shop": "{}", "orders.example.com/shop/z": "{}",
            "secrets/shop/s":
                "{'metadata': {'ownerReferences': [{'apiVersion': 'example.com/v1', 'kind': 'Order', 'name': 'z', 'uid': 'uid-orders.example.com/shop/z'}]}}",
        ])
        let target = ScriptedTarget(
            serving: fixture.source,
            afterCreate: { path in
                if path == "orders.example.com/shop/z" { try await fixture.damage("secrets/shop/s") }
            }
        )
        let report = try await RestoreEngine(target: target, source: fixture.source, time: ScriptedTime().time)
            .run(name: "r", targetCluster: "target", spec: RestoreSpec(), program: "test")
        #expect(report.phase == .partiallyFailed)
        #expect(report.failures.map(\.subject) == ["secrets/shop/s"])
        #expect(report.failures.first?.reason.hasPrefix("It was restored, but without its references") == true)
        #expect(report.resources.first { $0.resource == "secrets" }?.failed == 0)
        #expect(report.resources.reduce(0) { $0 + $1.created } == 3)
    }

    @Test("A needed object that cannot be read is a certain failure")
    func neededByName() async throws {
        let fixture = try await BackupFixture([
            "namespaces/shop": "{}", "persistentvolumeclaims/shop/c": "{'spec': {'volumeName': 'v'}}",
            "persistentvolumes/v": "{}",
        ])
        try await fixture.damage("persistentvolumes/v")
        let (report, _) = try await restore(fixture) { $0.includedNamespaces = ["shop"] }
        #expect(report.failures.map(\.subject) == ["persistentvolumes/v"])
        #expect(report.failures.first?.reason.contains("cannot be told") == false)
    }
}
