import KubernetesModel
import Testing

@testable import Operations

@Suite("One object out of a backup")
struct ShowObjectTests {
    private func show(
        _ object: String,
        _ user: TestUser,
        in namespace: String? = "shop",
        backup: String = "nightly",
        format: ShowObject.Format = .yaml
    ) async throws -> String {
        try await ShowObject(object, namespace: namespace, from: backup, cluster: nil, settings: try user.settings())
            .run(format)
    }

    @Test(
        "It is printed as it was, under whatever name its kind has",
        arguments: [
            "deployment/web", "Deployment/web", "deployments/web", "deploy/web", "deployments.apps/web",
            "deploy.apps/web",
            "deployments.v1.apps/web", "deployment.v1/web",
        ]
    )
    func kinds(object: String) async throws {
        try await TestUser.with { user in
            try await SampleBackup.small.write(to: try await user.settings().locationAccess().openForWriting())
            #expect(
                try await show(object, user) == """
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata:
                      name: web
                      namespace: shop
                    spec:
                      replicas: 2

                    """
            )
        }
    }

    @Test("A cluster-scoped object needs no namespace; JSON is possible, too")
    func others() async throws {
        try await TestUser.with { user in
            try await SampleBackup.small.write(to: try await user.settings().locationAccess().openForWriting())
            #expect(try await show("ns/shop", user, in: nil).contains("kind: Namespace"))
            #expect(try await show("ns/shop", user).contains("kind: Namespace"))
            #expect(try await show("cm/settings", user, format: .json).contains(#""on": "yes""#))
            #expect(try await show("cm/settings", user).contains(#""on": "yes""#))
        }
    }

    @Test("Of several groups with one kind, the one that has the object is taken")
    func severalGroups() async throws {
        try await TestUser.with { user in
            var sample = SampleBackup()
            for (group, name) in [("extensions", "old"), ("networking.k8s.io", "new")] {
                let key = StoredObjectKey(group: group, resource: "ingresses", namespace: "shop", name: name)
                sample.objects[key] = #"{"kind":"Ingress","group":"\#(group)"}"#
            }
            try await sample.write(to: try await user.settings().locationAccess().openForWriting())
            #expect(try await show("ing/old", user).contains("group: extensions"))
            #expect(try await show("ing/new", user).contains("group: networking.k8s.io"))
        }
    }

    @Test(
        "What is not there is not found",
        arguments: [
            ("deployment/db", "shop", "nightly"), ("deployment/web", "other", "nightly"),
            ("secret/web", "shop", "nightly"),
            ("deployment/web", "shop", "weekly"), ("deployment.batch/web", "shop", "nightly"),
        ]
    )
    func notFound(object: String, namespace: String, backup: String) async throws {
        try await TestUser.with { user in
            try await SampleBackup.small.write(to: try await user.settings().locationAccess().openForWriting())
            let error = await #expect(throws: OperationError.self) {
                try await show(object, user, in: namespace, backup: backup)
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test("What is no object is refused", arguments: ["web", "deployment/", "/web", "a/b/c", ""])
    func bad(object: String) async throws {
        try await TestUser.with { user in
            let error = await #expect(throws: OperationError.self) { try await show(object, user) }
            #expect(error?.code == .usage)
        }
    }

    @Test("A namespaced kind without a namespace is refused")
    func noNamespace() async throws {
        try await TestUser.with { user in
            try await SampleBackup.small.write(to: try await user.settings().locationAccess().openForWriting())
            let error = await #expect(throws: OperationError.self) { try await show("deploy/web", user, in: nil) }
            #expect(error?.code == .usage)
            #expect(error?.message.contains("--namespace") == true)
        }
    }
}
