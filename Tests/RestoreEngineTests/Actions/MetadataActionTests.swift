import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Metadata action")
struct MetadataActionTests {
    @Test(
        "What the server wrote goes, what users wrote stays",
        arguments: [
            Shaping(
                "server-set fields",
                """
                {'metadata': {'name': 'a', 'uid': 'u', 'resourceVersion': '7', 'generation': 3, 'selfLink': '/a',
                 'creationTimestamp': 't', 'deletionTimestamp': 't', 'deletionGracePeriodSeconds': 0,
                 'managedFields': [{}], 'labels': {'uid': 'kept'}}}
                """,
                "{'metadata': {'name': 'a', 'labels': {'uid': 'kept'}}}"
            ),
            Shaping(
                "finalizers and the name prefix stay",
                "{'metadata': {'name': 'a-x2x2x', 'generateName': 'a-', 'finalizers': ['f']}}",
                "{'metadata': {'name': 'a-x2x2x', 'generateName': 'a-', 'finalizers': ['f']}}"
            ),
            Shaping(
                "the namespace is mapped",
                "{'metadata': {'name': 'a', 'namespace': 'old'}}",
                "{'metadata': {'name': 'a', 'namespace': 'new'}}",
                mapping: ["old": "new"]
            ),
        ]
    )
    func shape(row: Shaping) throws { try row.check(MetadataAction()) }

    @Test("The status goes where the server writes it through a subresource, and only there")
    func status() throws {
        var context = ActionContext()
        context.hasStatusSubresource = true
        #expect(try shaped("{'status': {'a': 1}, 'spec': 1}", by: StatusAction(), in: context).object == #"{spec: 1}"#)
        context.hasStatusSubresource = false
        #expect(try shaped("{'status': 1}", by: StatusAction(), in: context).object == "{status: 1}")
    }

    @Test(
        "A namespace takes its new name, in its label, too",
        arguments: [
            Shaping(
                "with the label",
                "{'metadata': {'name': 'old', 'labels': {'kubernetes.io/metadata.name': 'old', 'a': 'old'}}}",
                "{'metadata': {'name': 'new', 'labels': {'kubernetes.io/metadata.name': 'new', 'a': 'old'}}}",
                mapping: ["old": "new"]
            ),
            Shaping(
                "without the label",
                "{'metadata': {'name': 'old'}, 'spec': {'finalizers': ['kubernetes']}}",
                "{'metadata': {'name': 'new'}, 'spec': {'finalizers': ['kubernetes']}}",
                mapping: ["old": "new"]
            ),
            Shaping("unmapped", "{'metadata': {'name': 'a'}}", "{'metadata': {'name': 'a'}}", mapping: ["old": "new"]),
        ]
    )
    func namespace(row: Shaping) throws { try row.check(NamespaceAction()) }
}
