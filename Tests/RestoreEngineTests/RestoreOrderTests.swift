import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Restore order")
struct RestoreOrderTests {
    /// In which wave each resource comes.
    private func positions(_ order: RestoreOrder) -> [GroupResource: Int] {
        var positions: [GroupResource: Int] = [:]
        for (index, wave) in order.waves.enumerated() {
            for resource in wave { positions[resource] = index }
        }
        return positions
    }

    @Test(
        "One comes before the other, whatever their names",
        arguments: [
            ("customresourcedefinitions.apiextensions.k8s.io", "namespaces"),
            ("namespaces", "configmaps"),
            ("storageclasses.storage.k8s.io", "persistentvolumes"),
            ("persistentvolumes", "persistentvolumeclaims"),
            ("persistentvolumeclaims", "pods"),
            ("serviceaccounts", "pods"),
            ("clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io"),
            ("secrets", "pods"),
            ("configmaps", "pods"),
            ("priorityclasses.scheduling.k8s.io", "pods"),
            ("networkpolicies.networking.k8s.io", "pods"),
            ("services", "endpoints"),
            ("pods", "limitranges"),
            ("limitranges", "jobs.batch"),
            ("pods", "replicasets.apps"),
            ("replicasets.apps", "deployments.apps"),
            ("controllerrevisions.apps", "statefulsets.apps"),
            ("deployments.apps", "resourcequotas"),
            ("zebras.example.com", "resourcequotas"),
            ("resourcequotas", "apiservices.apiregistration.k8s.io"),
            ("apiservices.apiregistration.k8s.io", "metrics.aggregated.example.com"),
            ("metrics.aggregated.example.com", "validatingwebhookconfigurations.admissionregistration.k8s.io"),
        ] as [(GroupResource, GroupResource)]
    )
    func before(first: GroupResource, second: GroupResource) throws {
        let order = RestoreOrder(resources: [first, second], aggregatedGroups: ["aggregated.example.com"])
        #expect(order.waves == [[first], [second]])
    }

    @Test("Every resource comes exactly once")
    func complete() {
        let resources: Set<GroupResource> = ["pods", "secrets", "a.example.com", "b.example.com", "jobs.batch"]
        let order = RestoreOrder(resources: resources)
        #expect(order.waves.joined().sorted() == resources.sorted())
    }

    @Test("Owners come before what they own where nothing else decides")
    func owners() {
        let order = RestoreOrder(
            resources: ["a.example.com", "b.example.com", "c.example.com", "pods"],
            ownerEdges: [
                RestoreOrder.OwnerEdge(owner: "c.example.com", dependent: "b.example.com"),
                RestoreOrder.OwnerEdge(owner: "b.example.com", dependent: "a.example.com"),
                RestoreOrder.OwnerEdge(owner: "a.example.com", dependent: "a.example.com"),
                RestoreOrder.OwnerEdge(owner: "a.example.com", dependent: "pods"),
                RestoreOrder.OwnerEdge(owner: "absent.example.com", dependent: "c.example.com"),
            ]
        )
        #expect(order.waves == [["pods"], ["c.example.com"], ["b.example.com"], ["a.example.com"]])
        #expect(order.brokenEdges.isEmpty)
    }

    @Test("A cycle of owners is broken at one edge, which is told, and delays nothing else")
    func cycle() {
        let edge = RestoreOrder.OwnerEdge(owner: "b.example.com", dependent: "a.example.com")
        let order = RestoreOrder(
            resources: ["a.example.com", "b.example.com", "c.example.com", "d.example.com"],
            ownerEdges: [
                edge, RestoreOrder.OwnerEdge(owner: "a.example.com", dependent: "b.example.com"),
                RestoreOrder.OwnerEdge(owner: "b.example.com", dependent: "c.example.com"),
            ]
        )
        #expect(order.brokenEdges == [edge])
        let positions = positions(order)
        #expect(positions["a.example.com"].map { a in positions["b.example.com"].map { a < $0 } } == true)
        #expect(positions["b.example.com"].map { b in positions["c.example.com"].map { b < $0 } } == true)
        #expect(positions["d.example.com"] == 0)
    }
}
