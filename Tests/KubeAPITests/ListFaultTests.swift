import KubeAPI
import KubernetesModel
import Testing

@Suite("Lists from a server that fails")
struct ListFaultTests {
    private static let page =
        #"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}},{"metadata":{"name":"c"}}]}"#
    private static let afterTwo = page.utf8.count - 20

    @Test("A page that fails before its first item is asked for again")
    func retriedBeforeFirstItem() async throws {
        try await FakeAPIServer.run { _, number in
            switch number {
            case 0: .hangUp
            case 1: .status(500, "InternalError")
            default: .json(200, Self.page)
            }
        } _: { server in
            var names: [String] = []
            let page = try await KubeClient.impatient(server).listPage(.configMaps) { names.append($0.name) }
            #expect(names == ["a", "b", "c"])
            #expect(page.itemCount == 3 && page.resourceVersion == "7" && page.bytesRead == Self.page.utf8.count)
            #expect(server.requests.count == 3)
        }
    }

    @Test("A page that breaks off is an error that says how many items were delivered")
    func interrupted() async throws {
        try await FakeAPIServer.run { _, _ in
            .cutOff(Self.page, after: Self.afterTwo)
        } _: { server in
            var names: [String] = []
            let error = await #expect(throws: KubeAPIError.self) {
                try await KubeClient.impatient(server).listPage(.configMaps) { names.append($0.name) }
            }
            #expect(error?.code == .interrupted)
            #expect(error?.isTransient == true)
            #expect(error?.deliveredItems == 2)
            #expect(names == ["a", "b"])
            #expect(server.requests.count == 1)
        }
    }

    @Test("A body whose JSON ends early is no list, however cleanly the connection ends")
    func truncatedJSON() async throws {
        let part = String(Self.page.dropLast(3))
        try await FakeAPIServer.run { _, _ in
            .json(200, part)
        } _: { server in
            let error = await #expect(throws: KubeAPIError.self) {
                try await KubeClient.impatient(server).listPage(.configMaps) { _ in }
            }
            #expect(error?.code == .interrupted)
        }
    }

    @Test("Malformed JSON is not asked for again")
    func malformed() async throws {
        try await FakeAPIServer.run { _, _ in
            .json(200, #"{"items":[{"metadata":{"name":"secret-name"},]}"#)
        } _: { server in
            let error = await #expect(throws: KubeAPIError.self) {
                try await KubeClient.impatient(server).listPage(.configMaps) { _ in }
            }
            #expect(error?.code == .malformedAnswer)
            #expect(error?.message.contains("secret-name") == false)
            #expect(server.requests.count == 1)
        }
    }

    @Test("An expired token is told from other errors, with the token to go on with")
    func expired() async throws {
        try await FakeAPIServer.run { _, _ in
            .json(
                410,
                #"{"kind":"Status","apiVersion":"v1","metadata":{"continue":"fresh"},"status":"Failure","message":"old","reason":"Expired","code":410}"#
            )
        } _: { server in
            let error = await #expect(throws: KubeAPIError.self) {
                try await KubeClient.impatient(server).listPage(.configMaps, continue: "stale") { _ in }
            }
            #expect(error?.code == .expired)
            #expect(error?.freshContinueToken == "fresh")
            #expect(server.requests.count == 1)
        }
    }

    @Test("The revision goes with the first page only, and everything is encoded")
    func queries() async throws {
        try await FakeAPIServer.run { _, number in
            let token = number == 0 ? #","continue":"a+b/c=""# : ""
            return .json(200, #"{"kind":"L","apiVersion":"v1","metadata":{"resourceVersion":"7"\#(token)},"items":[]}"#)
        } _: { server in
            let options = ListOptions(
                limit: 2,
                labelSelector: "a in (b,c)",
                fieldSelector: "x!=y",
                resourceVersion: "7",
                match: .exact
            )
            let page = try await KubeClient.impatient(server).list(.configMaps, namespace: "shop", options: options) {
                _ in
            }
            #expect(page.continueToken == nil)
            let selectors = "labelSelector=a%20in%20%28b%2Cc%29&fieldSelector=x%21%3Dy"
            #expect(
                server.requests.map(\.target) == [
                    "/api/v1/namespaces/shop/configmaps?limit=2&\(selectors)&resourceVersion=7&resourceVersionMatch=Exact",
                    "/api/v1/namespaces/shop/configmaps?limit=2&\(selectors)&continue=a%2Bb%2Fc%3D",
                ]
            )
        }
    }

    @Test("What the caller throws comes out as it is, and ends the list")
    func callersError() async throws {
        struct Enough: Error {}
        try await FakeAPIServer.run { _, _ in
            .json(200, Self.page)
        } _: { server in
            var count = 0
            await #expect(throws: Enough.self) {
                try await KubeClient.impatient(server).listPage(.configMaps) { _ in
                    count += 1
                    throw Enough()
                }
            }
            #expect(count == 1)
            #expect(server.requests.count == 1)
        }
    }
}
