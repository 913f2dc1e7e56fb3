import HTTPTransport
import KubeAPI
import KubernetesModel
import Testing

@Suite("Requests to a server that fails")
struct RequestFaultTests {
    private static let object = #"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"}}"#
    private let name = ObjectName(namespace: "shop", name: "a")

    @Test("A create whose answer is lost is not sent again, and says so")
    func lostCreate() async throws {
        try await FakeAPIServer.run { _, _ in
            .hangUp
        } _: { server in
            let error = await #expect(throws: KubeAPIError.self) {
                try await KubeClient.impatient(server).create(
                    .configMaps,
                    namespace: "shop",
                    body: Array(Self.object.utf8)
                )
            }
            #expect(error?.code == .unknownOutcome)
            #expect(error?.isTransient == false)
            #expect(server.requests.count == 1)
            #expect(server.requests.first?.body == Self.object)
        }
    }

    @Test(
        "A create is sent again only when the server turned it away",
        arguments: [
            (429, "TooManyRequests", nil, 3, KubeAPIError.Code.tooManyRequests),
            (503, "ServiceUnavailable", "0", 3, .unavailable),
            (503, "ServiceUnavailable", nil, 1, .unavailable),
            (500, "InternalError", nil, 1, .serverError),
            (504, "Timeout", nil, 1, .unknownOutcome),
            (409, "AlreadyExists", nil, 1, .alreadyExists),
            (409, "Conflict", nil, 1, .conflict),
            (422, "Invalid", nil, 1, .invalid),
            (403, "Forbidden", nil, 1, .forbidden),
            (413, "RequestEntityTooLarge", nil, 1, .tooLarge),
            (415, "UnsupportedMediaType", nil, 1, .notSupported),
            (405, "MethodNotAllowed", nil, 1, .notSupported),
        ] as [(Int, String, String?, Int, KubeAPIError.Code)]
    )
    func retriedCreate(status: Int, reason: String, retryAfter: String?, tries: Int, code: KubeAPIError.Code)
        async throws
    {
        let fields = retryAfter.map { ["Retry-After": $0] } ?? [:]
        try await FakeAPIServer.run { _, _ in
            .status(status, reason, fields: fields)
        } _: { server in
            let error = await #expect(throws: KubeAPIError.self) {
                try await KubeClient.impatient(server).create(
                    .configMaps,
                    namespace: "shop",
                    body: Array(Self.object.utf8)
                )
            }
            #expect(error?.code == code)
            #expect(error?.status?.reason == reason)
            #expect(server.requests.count == tries)
        }
    }

    @Test("A read is sent again until it is answered", arguments: [429, 500, 502, 503, 504])
    func retriedGet(status: Int) async throws {
        try await FakeAPIServer.run { _, number in
            switch number {
            case 0: .hangUp
            case 1: .status(status, "")
            default: .json(200, Self.object)
            }
        } _: { server in
            let body = try await KubeClient.impatient(server).get(.configMaps, name)
            #expect(String(decoding: body, as: UTF8.self) == Self.object)
            #expect(server.requests.count == 3)
        }
    }

    @Test(
        "A refusal says whose rights are missing: the user's own, or those of whom they act as",
        arguments: [
            (nil, "configmaps is forbidden", "Give the user of context 'test' of 'file' the right to do this."),
            ("bob", "configmaps is forbidden", "Give 'bob', as whom it was asked ('--as'), the right to do this."),
            (
                "bob", "users 'bob' is forbidden: User 'ann' cannot impersonate resource 'users'",
                "Give the user of context 'test' of 'file' the right to impersonate 'bob'"
            ),
        ] as [(String?, String, String)]
    )
    func forbidden(user: String?, message: String, advice: String) async throws {
        try await FakeAPIServer.run { _, _ in
            .status(403, "Forbidden", message)
        } _: { server in
            var connection = KubeConnection.fake(server)
            connection.impersonation = Impersonation(user: user, groups: [])
            let client = KubeClient(connection: connection, retryPolicy: .impatient)
            let error = await #expect(throws: KubeAPIError.self) { try await client.get(.configMaps, name) }
            #expect(error?.code == .forbidden)
            #expect(error?.message.contains(advice) == true, "\(error?.message ?? "")")
        }
    }

    @Test("Tries end at the policy's bound")
    func bounded() async throws {
        try await FakeAPIServer.run { _, _ in
            .status(503, "ServiceUnavailable")
        } _: { server in
            await #expect { try await KubeClient.impatient(server).get(.configMaps, name) } throws: {
                ($0 as? KubeAPIError)?.code == .unavailable
            }
            #expect(server.requests.count == RetryPolicy.impatient.maximumAttempts)
        }
    }

    @Test("A deletion by uid whose answer was lost, and that finds nothing then, is done")
    func lostDelete() async throws {
        let answer: @Sendable (FakeAPIServer.Request, Int) -> FakeAPIServer.Answer = { _, number in
            number == 0 ? .hangUp : .status(404, "NotFound")
        }
        try await FakeAPIServer.run(answer) { server in
            let body = try await KubeClient.impatient(server).delete(
                .configMaps,
                name,
                options: DeleteOptions(uid: "u")
            )
            #expect(body.isEmpty)
            #expect(server.requests.count == 2)
            #expect(
                server.requests.first?.body
                    == #"{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"u"}}"#
            )
        }
        try await FakeAPIServer.run(answer) { server in
            await #expect { try await KubeClient.impatient(server).delete(.configMaps, name) } throws: {
                ($0 as? KubeAPIError)?.code == .unknownOutcome
            }
        }
        try await FakeAPIServer.run { _, _ in
            .status(404, "NotFound")
        } _: { server in
            await #expect {
                try await KubeClient.impatient(server).delete(.configMaps, name, options: DeleteOptions(uid: "u"))
            } throws: {
                ($0 as? KubeAPIError)?.code == .notFound
            }
        }
    }

    @Test("Server-side apply is sent again, JSON patches and replacements are not")
    func patches() async throws {
        try await FakeAPIServer.run { request, number in
            number == 0 ? .hangUp : .json(200, Self.object)
        } _: { server in
            _ = try await KubeClient.impatient(server).apply(
                .configMaps,
                name,
                body: Array(Self.object.utf8),
                fieldManager: "k b",
                force: true
            )
            #expect(
                server.requests.map(\.target)
                    == Array(repeating: "/api/v1/namespaces/shop/configmaps/a?fieldManager=k%20b&force=true", count: 2)
            )
            #expect(server.requests[1].values("Content-Type") == ["application/apply-patch+yaml"])
        }
        try await FakeAPIServer.run { _, _ in
            .hangUp
        } _: { server in
            let client = KubeClient.impatient(server)
            await #expect { try await client.jsonPatch(.configMaps, name, body: Array("[]".utf8)) } throws: {
                ($0 as? KubeAPIError)?.code == .unknownOutcome
            }
            await #expect { try await client.replace(.configMaps, name, body: [], subresource: "status") } throws: {
                ($0 as? KubeAPIError)?.code == .unknownOutcome
            }
            #expect(server.requests.map(\.method) == ["PATCH", "PUT"])
            #expect(
                server.requests.map(\.path) == [
                    "/api/v1/namespaces/shop/configmaps/a", "/api/v1/namespaces/shop/configmaps/a/status",
                ]
            )
        }
    }

    @Test("A namespace that is being deleted is told from missing rights")
    func terminating() async throws {
        let causes =
            #","details":{"causes":[{"reason":"NamespaceTerminating","message":"m","field":"metadata.namespace"}]}"#
        try await FakeAPIServer.run { _, _ in
            .status(403, "Forbidden", extra: causes)
        } _: { server in
            let error = await #expect(throws: KubeAPIError.self) {
                try await KubeClient.impatient(server).create(.configMaps, namespace: "shop", body: [])
            }
            #expect(error?.code == .forbidden && error?.isNamespaceTerminating == true)
        }
    }

    @Test("Names that would lead to another path are refused", arguments: ["", ".", "..", "a/b", "/"])
    func pathNames(name: String) async throws {
        try await FakeAPIServer.run { _, _ in
            .json(200, "{}")
        } _: { server in
            let client = KubeClient.impatient(server)
            await #expect(throws: KubeAPIError.self) {
                try await client.get(.configMaps, ObjectName(namespace: "a", name: name))
            }
            await #expect(throws: KubeAPIError.self) {
                try await client.get(.configMaps, ObjectName(namespace: name, name: "a"))
            }
            await #expect(throws: KubeAPIError.self) {
                try await client.listPage(.configMaps, namespace: name) { _ in }
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test("Names are percent-encoded")
    func encodedNames() async throws {
        try await FakeAPIServer.run { _, _ in
            .json(200, "{}")
        } _: { server in
            _ = try await KubeClient.impatient(server).get(.clusterRoles, ObjectName(name: "a:b%2F ü?#&+"))
            #expect(
                server.requests.map(\.target) == [
                    "/apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab%252F%20%C3%BC%3F%23%26%2B"
                ]
            )
        }
    }
}
