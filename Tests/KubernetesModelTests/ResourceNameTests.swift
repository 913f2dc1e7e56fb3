import KubernetesModel
import Testing

@Suite("Names of resources and objects")
struct ResourceNameTests {
    @Test(
        "A group resource is read and written",
        arguments: [("pods", "", "pods"), ("deployments.apps", "apps", "deployments"), ("a.b.c", "b.c", "a")]
    )
    func groupResource(text: String, group: String, resource: String) {
        let value = GroupResource(text)
        #expect(value == GroupResource(group: group, resource: resource))
        #expect(value.description == text)
    }

    @Test("A version of a resource has the apiVersion of its objects")
    func apiVersion() {
        #expect(GroupVersionResource(group: "", version: "v1", resource: "pods").apiVersion == "v1")
        #expect(GroupVersionResource(group: "apps", version: "v1", resource: "deployments").apiVersion == "apps/v1")
        #expect(
            GroupVersionResource(group: "apps", version: "v1", resource: "deployments").description
                == "deployments.v1.apps"
        )
    }

    @Test("Objects are ordered as an API server lists them")
    func order() {
        let names = [
            ObjectName(namespace: "b", name: "a"), ObjectName(namespace: "a", name: "b"), ObjectName(name: "z"),
        ]
        #expect(names.sorted().map(\.description) == ["z", "a/b", "b/a"])
    }
}
