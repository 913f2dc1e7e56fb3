import HTTPTransport
import KubeAPI
import KubernetesModel
import Testing

@Suite("Servers that are something else")
struct NotKubernetesTests {
    @Test(
        "A server that is no API server is recognised",
        arguments: [
            .text(200, "<html>Welcome</html>", type: "text/html"),
            .text(404, "<html>Not found</html>", type: "text/html"),
            .text(404, "404 page not found\n"), .text(200, "hello"),
            .json(200, #"{"etcdserver":"3.5.0","etcdcluster":"3.5.0"}"#),
            .json(200, "{}"), .json(200, "[]"), .json(200, "not json"),
            .response(302, "", fields: ["Location": "https://login.example.com/"]),
            .text(400, "Client sent an HTTP request to an HTTPS server.\n"),
        ] as [FakeAPIServer.Answer]
    )
    func recognised(answer: FakeAPIServer.Answer) async throws {
        try await FakeAPIServer.run { _, _ in
            answer
        } _: { server in
            let error = await #expect(throws: KubeAPIError.self) {
                try await KubeClient.impatient(server).serverVersion()
            }
            #expect(error?.code == .notKubernetes)
            #expect(error?.message.contains(server.url) == true)
            #expect(error?.message.contains("context 'test' of 'file'") == true)
        }
    }

    @Test("A page for browsers where a list should be is no list")
    func listOfHTML() async throws {
        try await FakeAPIServer.run { _, _ in
            .text(200, "<html>", type: "text/html; charset=utf-8")
        } _: { server in
            let client = KubeClient.impatient(server)
            await #expect { try await client.listPage(.configMaps) { _ in } } throws: {
                ($0 as? KubeAPIError)?.code == .notKubernetes
            }
            await #expect { try await client.discover() } throws: { ($0 as? KubeAPIError)?.code == .notKubernetes }
        }
    }

    @Test("A load balancer's page for a server that is down is waited out")
    func loadBalancer() async throws {
        try await FakeAPIServer.run { _, number in
            number == 0
                ? .text(502, "<html>Bad Gateway</html>", type: "text/html") : .json(200, #"{"gitVersion":"v1.30.0"}"#)
        } _: { server in
            let version = try await KubeClient.impatient(server).serverVersion()
            #expect(version.gitVersion == "v1.30.0")
        }
    }

    @Test("A port where nobody listens is named, with the context")
    func refused() async throws {
        var address = ""
        try await FakeAPIServer.run { _, _ in
            .hangUp
        } _: {
            address = $0.url
        }
        let connection = KubeConnection(server: address, proxyURL: "", source: "context 'test' of 'file'")
        let error = await #expect(throws: KubeAPIError.self) {
            try await KubeClient(connection: connection, retryPolicy: .impatient).serverVersion()
        }
        #expect(error?.code == .unreachable)
        #expect(error?.isTransient == true)
        #expect(error?.message.contains(address) == true)
        #expect(error?.message.contains("context 'test' of 'file'") == true)
    }

    @Test("TLS to a server that speaks none is an error of TLS")
    func plainServer() async throws {
        try await FakeAPIServer.run { _, _ in
            .hangUp
        } _: { server in
            let connection = KubeConnection(server: server.url.replacing("http://", with: "https://"), proxyURL: "")
            let error = await #expect(throws: KubeAPIError.self) {
                try await KubeClient(connection: connection, retryPolicy: .impatient).serverVersion()
            }
            #expect(error.map { [.tlsFailed, .unreachable].contains($0.code) } == true)
        }
    }
}
