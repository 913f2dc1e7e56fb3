import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Comparison with what exists")
struct ObjectComparisonTests {
    private func places(_ resource: GroupResource, _ ours: String, _ live: String, status: Bool = true) throws
        -> [String]
    {
        ObjectComparison(resource: resource, hasStatusSubresource: status).places(
            ours: try object(ours),
            live: try object(live)
        )
    }

    @Test("What the server sets makes no difference")
    func serverSet() throws {
        let live = """
            {'metadata': {'name': 'a', 'uid': 'u', 'resourceVersion': '1', 'creationTimestamp': 't', 'managedFields': [],
             'labels': {}}, 'data': {'x': '1', 'y': '2'}, 'status': {'z': 1}}
            """
        #expect(try places("configmaps", "{'data': {'y': '2', 'x': '1'}, 'metadata': {'name': 'a'}}", live) == [])
    }

    @Test(
        "Every other difference is told by its place, and no value is",
        arguments: [
            ("{'data': {'x': '1'}}", "{'data': {'x': '2'}}", ["data.x"]),
            ("{'data': {'x': '1'}}", "{'data': {'x': '1', 'y': ''}}", ["data.y"]),
            ("{'data': {'x': '1'}}", "{}", ["data"]),
            ("{'spec': {'a': [1, 2]}}", "{'spec': {'a': [1, 3]}}", ["spec.a[1]"]),
            ("{'spec': {'a': [1, 2]}}", "{'spec': {'a': [1]}}", ["spec.a"]),
            ("{'spec': {'a': null}}", "{'spec': {}}", ["spec.a"]),
            ("{'spec': {'a': 1}}", "{'spec': {'a': '1'}}", ["spec.a"]),
            ("{'spec': {'a': 1.0}}", "{'spec': {'a': 1}}", []),
            ("{'metadata': {'labels': {'a': 'b'}}}", "{'metadata': {}}", ["metadata.labels"]),
            ("{'metadata': {'finalizers': ['f']}}", "{'metadata': {}}", ["metadata.finalizers"]),
        ] as [(String, String, [String])]
    )
    func differences(ours: String, live: String, expected: [String]) throws {
        #expect(try places("configmaps", ours, live) == expected)
    }

    @Test("Without a status subresource the status counts")
    func status() throws {
        #expect(try places("orders.shop.example.com", "{'status': 1}", "{'status': 2}", status: false) == ["status"])
        #expect(try places("orders.shop.example.com", "{'status': 1}", "{'status': 1}", status: false) == [])
    }

    @Test("Owners are compared by kind and name, not by uid")
    func owners() throws {
        let reference =
            "{'metadata': {'ownerReferences': [{'apiVersion': 'v1', 'kind': 'A', 'name': '%', 'uid': '@'}]}}"
        let ours = reference.replacing("%", with: "a").replacing("@", with: "1")
        #expect(try places("configmaps", ours, reference.replacing("%", with: "a").replacing("@", with: "2")) == [])
        #expect(
            try places("configmaps", ours, reference.replacing("%", with: "b").replacing("@", with: "1"))
                == ["metadata.ownerReferences[0]"]
        )
        #expect(try places("configmaps", ours, "{'metadata': {}}") == ["metadata.ownerReferences"])
    }

    @Test("What controllers fill in later makes no difference")
    func filledInLater() throws {
        #expect(
            try places("persistentvolumeclaims", "{'spec': {'a': 1}}", "{'spec': {'a': 1, 'volumeName': 'v'}}") == []
        )
        #expect(
            try places("persistentvolumeclaims", "{'spec': {'volumeName': 'v'}}", "{'spec': {'volumeName': 'w'}}")
                == ["spec.volumeName"]
        )
        #expect(
            try places(
                "clusterroles.rbac.authorization.k8s.io",
                "{'aggregationRule': {}, 'rules': [1]}",
                "{'aggregationRule': {}, 'rules': [2, 3]}"
            ) == []
        )
        #expect(
            try places("clusterroles.rbac.authorization.k8s.io", "{'rules': [1]}", "{'rules': [2]}") == ["rules[0]"]
        )
        #expect(
            try places(
                "jobs.batch",
                "{'spec': {'a': 1}}",
                "{'spec': {'a': 1, 'selector': {'matchLabels': {'controller-uid': 'u'}}}}"
            ) == []
        )
    }

    @Test("A service account gets what it lacks, and keeps what it has")
    func merge() throws {
        let ours = try object(
            """
            {'metadata': {'labels': {'a': '1', 'b': '2'}}, 'imagePullSecrets': [{'name': 'pull'}], 'secrets': [{'name': 'mine'}],
             'automountServiceAccountToken': false}
            """
        )
        let live = try object(
            "{'metadata': {'resourceVersion': '7', 'labels': {'b': '2', 'c': '3'}}, 'secrets': [{'name': 'default-token-x2x2x'}]}"
        )
        let patch = try #require(ServiceAccountMerge.patch(from: ours, to: live))
        #expect(
            text(patch)
                == text(
                    .object(
                        try object(
                            """
                            {'metadata': {'resourceVersion': '7', 'labels': {'a': '1'}}, 'imagePullSecrets': [{'name': 'pull'}],
                             'secrets': [{'name': 'default-token-x2x2x'}, {'name': 'mine'}], 'automountServiceAccountToken': false}
                            """
                        ).root
                    )
                )
        )
        #expect(ServiceAccountMerge.conflict(between: ours, and: live) == nil)
        #expect(ServiceAccountMerge.patch(from: live, to: live) == nil)
        let other = try object("{'metadata': {'labels': {'a': 'x'}}, 'automountServiceAccountToken': true}")
        #expect(
            ServiceAccountMerge.conflict(between: ours, and: other)
                == Conflict(
                    places: ["metadata.labels.a", "automountServiceAccountToken"],
                    isInContent: true,
                    isMerged: true
                )
        )
    }

    @Test("What another version lost is found")
    func lost() throws {
        let sent = try JSONValue(parsing: Array(#"{"spec":{"a":1,"b":"","c":[{"d":2}],"e":false},"f":{"g":"x"}}"#.utf8))
        let answered = try JSONValue(parsing: Array(#"{"spec":{"a":1,"c":[{}]},"h":1}"#.utf8))
        #expect(sent.places(missingIn: answered) == ["spec.c[0].d", "f"])
    }
}
