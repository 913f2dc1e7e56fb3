import KubernetesModel
import Testing

@Suite("Kubernetes objects")
struct KubernetesObjectTests {
    private static let text =
        #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","uid":"1","resourceVersion":"2","labels":{"b":"1","a":"2"},"annotations":{"n":"x"},"finalizers":["f"],"ownerReferences":[{"apiVersion":"v1","kind":"K","name":"o","uid":"u","controller":true,"unknown":1.0}]},"spec":{"replicas":3,"list":[{"image":"a"},{"image":"b"}]},"status":{}}"#

    private func object() throws -> KubernetesObject { try KubernetesObject(parsing: Self.text.utf8) }
    private func text(_ object: KubernetesObject) -> String { String(decoding: object.serialized(), as: UTF8.self) }

    @Test("Fields are read")
    func reads() throws {
        let object = try object()
        #expect(object.apiVersion == "apps/v1" && object.group == "apps" && object.kind == "Deployment")
        #expect(object.objectName == ObjectName(namespace: "shop", name: "web"))
        #expect(object.uid == "1" && object.resourceVersion == "2")
        #expect(object.labels == ["a": "2", "b": "1"])
        #expect(object.annotations == ["n": "x"])
        #expect(object.finalizers == ["f"])
        #expect(object.ownerReferences.map(\.uid) == ["u"])
        #expect(object.ownerReferences.first?.isController == true)
        #expect(object["spec", "list", 1, "image"]?.text == "b")
        #expect(object["spec", "list", 2] == nil)
        #expect(object["spec", "replicas", "x"] == nil)
    }

    @Test("An unchanged object is serialized as it came")
    func unchanged() throws {
        #expect(text(try object()) == Self.text)
    }

    @Test("A change touches nothing else")
    func changes() throws {
        var object = try object()
        object["spec", "list", 0, "image"] = "c"
        object.namespace = "copy"
        object.uid = nil
        object.labels["a"] = "3"
        object.labels["c"] = "4"
        object.labels["b"] = nil
        object.ownerReferences[0].uid = "new"
        object.finalizers = []
        object["status"] = nil
        #expect(
            text(object)
                == #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"copy","resourceVersion":"2","labels":{"a":"3","c":"4"},"annotations":{"n":"x"},"ownerReferences":[{"apiVersion":"v1","kind":"K","name":"o","uid":"new","controller":true,"unknown":1.0}]},"spec":{"replicas":3,"list":[{"image":"c"},{"image":"b"}]}}"#
        )
    }

    @Test("Setting a value makes what is missing on the way, removing makes nothing")
    func paths() throws {
        var object = KubernetesObject([:])
        object["a", "b", "c"] = 1
        object["list", 0] = "x"
        object["list", 1] = "y"
        object["x", "y"] = nil
        #expect(text(object) == #"{"a":{"b":{"c":1}},"list":["x","y"]}"#)
        object["list", 0] = nil
        object["a", "b"] = nil
        object["list", 0, "deep"] = true
        #expect(text(object) == #"{"a":{},"list":[{"deep":true}]}"#)
    }

    @Test("A value is changed in place")
    func update() throws {
        var value = try JSONValue(parsing: #"{"a":[1,{"b":2}]}"#.utf8)
        value.update("a", 1, "b") { $0 = .integer(3) }
        value.update("a", 9) { _ in Issue.record("there is no such element") }
        #expect(String(decoding: value.serialized(), as: UTF8.self) == #"{"a":[1,{"b":3}]}"#)
    }

    @Test("What is no object is refused", arguments: ["[]", "1", "null", "", "{"])
    func noObject(text: String) {
        #expect(throws: JSONError.self) { try KubernetesObject(parsing: text.utf8) }
    }

    @Test("Metadata of another type is no metadata", arguments: ["1", "[]", "null", #""x""#])
    func oddMetadata(metadata: String) throws {
        let object = try KubernetesObject(parsing: #"{"metadata":\#(metadata)}"#.utf8)
        #expect(
            object.name == nil && object.labels.isEmpty && object.ownerReferences.isEmpty && object.metadata.isEmpty
        )
    }
}
