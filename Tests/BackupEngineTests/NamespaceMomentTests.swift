import KubernetesModel
import Synchronization
import Testing

@testable import BackupEngine

/// The backup's revision decides which namespaces there are.
@Suite("Namespaces that come and go while a backup runs")
struct NamespaceMomentTests {
    private static let rule = "in a namespace that the cluster did not have when the backup began"

    /// The list of namespaces shows `late` only when it is made again.
    private func cluster(_ override: @escaping @Sendable (FakeServer.Request) -> FakeServer.Answer? = { _ in nil })
        -> FakeCluster
    {
        let later = FakeCluster(
            ["configmaps"],
            [
                "namespaces/shop": "{}", "namespaces/late": "{}", "configmaps/shop/a": "{}",
                "configmaps/late/b": "{}",
            ]
        )
        var earlier = later
        earlier.objects["namespaces/late"] = nil
        let before = earlier
        let lists = Mutex(0)
        var cluster = later
        cluster.override = { request in
            if let answer = override(request) { return answer }
            guard request.path == "/api/v1/namespaces", request.query("limit") != "1" else { return nil }
            let number = lists.withLock { lists in
                lists += 1
                return lists
            }
            return number == 1 ? before.list("namespaces", nil, request) : nil
        }
        return cluster
    }

    @Test("Objects of a namespace that is newer than the backup are left out with a rule, and so is the namespace")
    func late() async throws {
        let result = try await cluster().backup()
        #expect(result.stored == ["configmaps/shop/a", "namespaces/kube-system", "namespaces/shop"])
        #expect(result.details.namespaces == ["kube-system", "shop"])
        #expect(result.excluded("configmaps") == [Self.rule: 1])
        #expect(result.excluded("namespaces") == ["made after the backup began": 1])
        #expect(result.details.phase == .completed)
    }

    @Test("The same holds for labels")
    func lateWithLabels() async throws {
        let result = try await cluster().backup { $0.labelSelector = "!missing" }
        #expect(result.stored == ["configmaps/shop/a", "namespaces/kube-system", "namespaces/shop"])
        #expect(result.excluded("configmaps") == [Self.rule: 1])
    }

    @Test("A namespace that is gone before it could be read is a failure by name")
    func gone() async throws {
        var cluster = FakeCluster(["configmaps"], ["namespaces/shop": "{}", "configmaps/shop/a": "{}"])
        var without = cluster
        without.objects["namespaces/shop"] = nil
        let after = without
        let lists = Mutex(0)
        cluster.override = { request in
            guard request.path == "/api/v1/namespaces", request.query("limit") != "1" else { return nil }
            let number = lists.withLock { lists in
                lists += 1
                return lists
            }
            return number == 1 ? nil : after.list("namespaces", nil, request)
        }
        let result = try await cluster.backup()
        #expect(result.stored == ["configmaps/shop/a", "namespaces/kube-system"])
        #expect(result.details.failures.map(\.subject) == ["namespaces/shop"])
        #expect(result.details.failures[0].reason.contains("was deleted while the backup ran"))
    }

    @Test("Namespaces that are not asked for are counted, and those that are excluded are named once")
    func unselected() async throws {
        let cluster = FakeCluster(
            ["configmaps"],
            ["namespaces/shop": "{}", "namespaces/shop-test": "{}", "namespaces/other": "{}"]
        )
        let result = try await cluster.backup {
            $0.includedNamespaces = ["shop*"]
            $0.excludedNamespaces = ["*-test"]
        }
        #expect(result.stored == ["namespaces/shop"])
        #expect(result.excluded("namespaces") == ["not named by --include-namespaces": 2])
        #expect(
            result.details.exclusions.contains(
                .init(subject: "namespaces/shop-test", rule: "--exclude-namespaces *-test")
            )
        )
    }
}
