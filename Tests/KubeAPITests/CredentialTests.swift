import Foundation
import HTTPTransport
import KubeAPI
import KubernetesModel
import Testing

@Suite("Credentials")
struct CredentialTests {
    private static let version = #"{"major":"1","minor":"30","gitVersion":"v1.30.0"}"#

    private func authorization(_ credentials: KubeCredentials, _ impersonation: Impersonation = Impersonation())
        async throws -> FakeAPIServer.Request
    {
        var request: FakeAPIServer.Request?
        try await FakeAPIServer.run { _, _ in
            .json(200, Self.version)
        } _: { server in
            var connection = KubeConnection.fake(server, credentials: credentials)
            connection.impersonation = impersonation
            _ = try await KubeClient(connection: connection, retryPolicy: .impatient).serverVersion()
            request = server.requests.first
        }
        return try #require(request)
    }

    @Test("Each kind of credentials makes its header")
    func headers() async throws {
        #expect(try await authorization(.none).values("Authorization") == [])
        #expect(try await authorization(.bearerToken(Secret("abc"))).values("Authorization") == ["Bearer abc"])
        #expect(
            try await authorization(.basic(username: "u", password: Secret("p:ü"))).values("Authorization") == [
                "Basic dTpwOsO8"
            ]
        )
        try await TemporaryFolder.with { folder in
            let path = try folder.write("token", " abc \n")
            #expect(
                try await authorization(.tokenFile(path: path, fallback: nil)).values("Authorization") == ["Bearer abc"]
            )
            let missing = KubeCredentials.tokenFile(path: "\(folder.path)/missing", fallback: Secret("kept"))
            #expect(try await authorization(missing).values("Authorization") == ["Bearer kept"])
        }
    }

    @Test("Impersonation makes its headers")
    func impersonation() async throws {
        let impersonation = Impersonation(
            user: "jane",
            groups: ["a", "b c"],
            uid: "1",
            extra: ["example.com/x": ["y", "z"]]
        )
        let request = try await authorization(.none, impersonation)
        #expect(request.values("Impersonate-User") == ["jane"])
        #expect(request.values("Impersonate-Group") == ["a", "b c"])
        #expect(request.values("Impersonate-Uid") == ["1"])
        #expect(request.values("Impersonate-Extra-example.com%2Fx") == ["y", "z"])
    }

    @Test("What cannot be sent is refused before it is", arguments: ["", "a b", "a\nX-Injected: b", "ü"])
    func badToken(token: String) async throws {
        try await FakeAPIServer.run { _, _ in
            .json(200, Self.version)
        } _: { server in
            let client = KubeClient.impatient(server, credentials: .bearerToken(Secret(token)))
            await #expect { try await client.serverVersion() } throws: { ($0 as? KubeAPIError)?.code == .credentials }
            var connection = KubeConnection.fake(server)
            connection.impersonation = Impersonation(groups: ["no user"])
            await #expect { try await KubeClient(connection: connection).serverVersion() } throws: {
                ($0 as? KubeAPIError)?.code == .configuration
            }
            connection.impersonation = Impersonation(user: "a\r\nX-Injected: b")
            await #expect { try await KubeClient(connection: connection).serverVersion() } throws: {
                ($0 as? KubeAPIError)?.code == .configuration
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test("Secrets show in no description")
    func hidden() {
        let credentials: [KubeCredentials] = [
            .bearerToken(Secret("hunter2")), .basic(username: "u", password: Secret("hunter2")),
            .tokenFile(path: "p", fallback: Secret("hunter2")),
        ]
        for credential in credentials {
            let connection = KubeConnection(server: "https://x", credentials: credential)
            var dumped = ""
            dump(connection, to: &dumped)
            for text in ["\(connection)", String(reflecting: connection), dumped] { #expect(!text.contains("hunter2")) }
        }
    }

    // MARK: Credential plugins

    /// A kubeconfig whose user is a script, and a client made of it.
    private func plugin(
        _ folder: TemporaryFolder,
        _ server: String,
        script: String,
        fields: String = "interactiveMode: Never",
        apiVersion: String = "v1",
        variables: [String: String] = [:],
        options: KubeConnectionOptions = KubeConnectionOptions()
    ) throws -> KubeClient {
        try folder.write("bin/plugin", "#!/bin/sh\n\(script)\n", mode: 0o700)
        var options = options
        options.kubeconfig = try folder.write(
            "config",
            """
            clusters: [{name: c, cluster: {server: "\(server)", proxy-url: "", tls-server-name: example, extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: 07, list: [1.50, "1", null, true]}}]}}]
            users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/\(apiVersion), command: bin/plugin, args: [first, "second arg"], env: [{name: EXTRA, value: more}], \(fields)}}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """
        )
        var connection = try KubeConnection.resolve(
            options,
            environment: ["PATH": "/usr/bin:/bin", "OUTER": "outside", "OUT": folder.path].merging(variables) { $1 }
        )
        connection.proxyURL = ""
        return KubeClient(connection: connection, retryPolicy: .impatient)
    }

    private static func credential(_ status: String, apiVersion: String = "v1") -> String {
        #"echo '{"apiVersion":"client.authentication.k8s.io/\#(apiVersion)","kind":"ExecCredential","status":{\#(status)}}'"#
    }

    @Test("A plugin gets our environment without our own variables")
    func environment() async throws {
        try await TemporaryFolder.with { folder in
            try await FakeAPIServer.run { _, _ in
                .json(200, Self.version)
            } _: { server in
                let script = """
                    set > "$OUT/variables"
                    \(Self.credential(#""token":"t""#))
                    """
                let client = try plugin(
                    folder,
                    server.url,
                    script: script,
                    variables: ["KBACKUP_PASSPHRASE": "hunter2", "KBACKUP_ETCD_PASSWORD": "hunter3"]
                )
                _ = try await client.serverVersion()
                let variables = try String(contentsOfFile: "\(folder.path)/variables", encoding: .utf8)
                #expect(variables.contains("OUTER=") && variables.contains("EXTRA="))
                #expect(!variables.contains("KBACKUP_") && !variables.contains("hunter"))
            }
        }
    }

    @Test(
        "A plugin is run once, told of the cluster, and its token used until it expires",
        arguments: ["v1", "v1beta1"]
    )
    func plugin(apiVersion: String) async throws {
        try await TemporaryFolder.with { folder in
            try await FakeAPIServer.run { _, _ in
                .json(200, Self.version)
            } _: { server in
                let script = """
                    echo "$1|$2|$EXTRA|$OUTER" >> "$OUT/runs"
                    printf %s "$KUBERNETES_EXEC_INFO" > "$OUT/info"
                    \(Self.credential(#""token":"t1","expirationTimestamp":"2999-01-02T03:04:05Z""#, apiVersion: apiVersion))
                    """
                let client = try plugin(
                    folder,
                    server.url,
                    script: script,
                    fields: "interactiveMode: IfAvailable, provideClusterInfo: true",
                    apiVersion: apiVersion
                )
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<5 { group.addTask { _ = try await client.serverVersion() } }
                    try await group.waitForAll()
                }
                #expect(try folder.read("runs") == "first|second arg|more|outside\n")
                #expect(server.requests.map { $0.values("Authorization") } == Array(repeating: ["Bearer t1"], count: 5))
                let info = try KubernetesObject(parsing: try folder.read("info").utf8)
                #expect(
                    info.apiVersion == "client.authentication.k8s.io/\(apiVersion)" && info.kind == "ExecCredential"
                )
                #expect(info["spec", "interactive"]?.bool == false)
                #expect(info["spec", "cluster", "server"]?.text == server.url)
                #expect(info["spec", "cluster", "tls-server-name"]?.text == "example")
                #expect(info["spec", "cluster", "config", "list"]?.serialized() == Array(#"[1.50,"1",null,true]"#.utf8))
            }
        }
    }

    @Test("An expired or refused credential is asked for again", arguments: [true, false])
    func renewed(isExpired: Bool) async throws {
        try await TemporaryFolder.with { folder in
            try await FakeAPIServer.run { request, _ in
                request.values("Authorization") == ["Bearer t1"] && !isExpired
                    ? .status(401, "Unauthorized") : .json(200, Self.version)
            } _: { server in
                let expiration = isExpired ? #","expirationTimestamp":"2001-02-03T04:05:06.789Z""# : ""
                let script = """
                    echo run >> "$OUT/runs"
                    token=t$(wc -l < "$OUT/runs")
                    \(Self.credential(#""token":"'"$token"'"\#(expiration)"#))
                    """
                let client = try plugin(folder, server.url, script: script)
                _ = try await client.serverVersion()
                _ = try await client.serverVersion()
                #expect(
                    server.requests.flatMap { $0.values("Authorization") }
                        == (isExpired ? ["Bearer t1", "Bearer t2"] : ["Bearer t1", "Bearer t2", "Bearer t2"])
                )
            }
        }
    }

    @Test("Credentials that stay refused are refused once more and no further")
    func refusedForGood() async throws {
        try await TemporaryFolder.with { folder in
            try await FakeAPIServer.run { _, _ in
                .status(401, "Unauthorized")
            } _: { server in
                let client = try plugin(folder, server.url, script: Self.credential(#""token":"t""#))
                await #expect { try await client.serverVersion() } throws: {
                    ($0 as? KubeAPIError)?.code == .unauthorized
                }
                #expect(server.requests.count == 2)
            }
        }
    }

    @Test(
        "A plugin that does not do its work is named, and nothing it printed on standard output is",
        arguments: [
            ("echo 'no login' >&2; echo hunter2; exit 7", "no login"), ("echo hunter2", "ExecCredential"),
            ("true", "ExecCredential"),
            (credential(#""token":"hunter2""#, apiVersion: "v1beta1"), "version"),
            (credential(#""other":"hunter2""#), "token"),
            (credential(#""clientCertificateData":"hunter2""#), "key"),
            (credential(#""token":"hunter2","expirationTimestamp":"tomorrow""#), "expirationTimestamp"),
            ("kill -9 $$", "failed"), ("head -c 3000000 /dev/zero", "too much"),
        ]
    )
    func failing(script: String, hint: String) async throws {
        try await TemporaryFolder.with { folder in
            let error = await #expect(throws: KubeAPIError.self) {
                try await plugin(folder, "http://127.0.0.1:1", script: script).serverVersion()
            }
            #expect(error?.code == .credentials)
            let message = error?.message ?? ""
            #expect(
                message.contains(hint) && message.contains("bin/plugin") && message.contains("user 'u'")
                    && !message.contains("hunter2"),
                "\(message)"
            )
        }
    }

    @Test(
        "A plugin that does not end is stopped, with all it has started",
        arguments: ["exec sleep 1000", "sleep 1000; true"]
    )
    func timeLimit(script: String) async throws {
        try await TemporaryFolder.with { folder in
            var options = KubeConnectionOptions()
            options.execTimeLimit = .milliseconds(200)
            let error = await #expect(throws: KubeAPIError.self) {
                try await plugin(folder, "http://127.0.0.1:1", script: script, options: options).serverVersion()
            }
            #expect(error?.code == .credentials)
            #expect(error?.message.contains("did not answer") == true)
        }
    }

    @Test("A missing plugin brings its install hint")
    func missing() async throws {
        try await TemporaryFolder.with { folder in
            var client = try plugin(
                folder,
                "http://127.0.0.1:1",
                script: "",
                fields: "interactiveMode: Never, installHint: 'Get it at example.com.'"
            )
            var connection = client.connection
            guard case .exec(var plugin) = connection.credentials else {
                throw KubeAPIError(.configuration, "no plugin")
            }
            for command in ["\(folder.path)/nowhere", "kbackup-no-such-program"] {
                plugin.command = command
                connection.credentials = .exec(plugin)
                client = KubeClient(connection: connection)
                let error = await #expect(throws: KubeAPIError.self) { try await client.serverVersion() }
                #expect(error?.code == .credentials)
                #expect(error?.message.contains("Get it at example.com.") == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test("A plugin that must ask the user is not started without a terminal")
    func interactive() async throws {
        try await TemporaryFolder.with { folder in
            let client = try plugin(
                folder,
                "http://127.0.0.1:1",
                script: "touch \"$OUT/ran\"",
                fields: "interactiveMode: Always"
            )
            let error = await #expect(throws: KubeAPIError.self) { try await client.serverVersion() }
            #expect(error?.code == .credentials && error?.message.contains("terminal") == true)
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/ran"))
        }
    }

    @Test(
        "A plugin's client certificate is used",
        .enabled(if: RealCluster.isThere, "no cluster: see integration/cluster")
    )
    func clientCertificate() async throws {
        try await TemporaryFolder.with { folder in
            let environment = RealCluster.environment
            let certificate = try String(
                contentsOfFile: try #require(environment["KBACKUP_TEST_KUBE_CERT"]),
                encoding: .utf8
            )
            let key = try String(contentsOfFile: try #require(environment["KBACKUP_TEST_KUBE_KEY"]), encoding: .utf8)
            let credential = JSONValue.object([
                "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                "status": ["clientCertificateData": .string(certificate), "clientKeyData": .string(key)],
            ])
            try folder.write("credential", String(decoding: credential.serialized(), as: UTF8.self))
            var connection = try RealCluster.connection()
            connection.tls.clientCertificate = nil
            connection.tls.clientPrivateKey = nil
            connection.credentials = try plugin(folder, "http://127.0.0.1:1", script: "cat \"$OUT/credential\"")
                .connection.credentials
            #expect(try await !KubeClient(connection: connection).clusterIdentity().isEmpty)
        }
    }
}
