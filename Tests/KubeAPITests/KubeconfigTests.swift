import Foundation
import HTTPTransport
import KubeAPI
import KubernetesModel
import Testing

@Suite("Kubeconfig")
struct KubeconfigTests {
    private static func config(_ name: String, user: String = "token: t", cluster: String = "", current: String? = nil)
        -> String
    {
        """
        apiVersion: v1
        kind: Config
        preferences: {}
        clusters:
        - name: \(name)
          cluster: {server: "https://\(name).example.com:6443/", \(cluster)}
        users:
        - name: \(name)
          user: {\(user)}
        contexts:
        - name: \(name)
          context: {cluster: \(name), user: \(name), namespace: ns-\(name)}
        current-context: \(current ?? name)
        """
    }

    private func connection(
        _ folder: TemporaryFolder,
        _ text: String,
        _ change: (inout KubeConnectionOptions) -> Void = { _ in }
    ) throws -> KubeConnection {
        var options = KubeConnectionOptions()
        options.kubeconfig = try folder.write("config", text)
        change(&options)
        return try KubeConnection.resolve(options, environment: [:])
    }

    @Test("A context leads to its cluster, user and namespace; options win over it")
    func context() async throws {
        try await TemporaryFolder.with { folder in
            let text = Self.config("a")
            let plain = try connection(folder, text)
            #expect(plain.server == "https://a.example.com:6443")
            #expect(plain.namespace == "ns-a" && plain.contextName == "a")
            #expect(plain.credentials == .bearerToken(Secret("t")))
            #expect(plain.warnings.isEmpty)
            #expect(plain.source == "context 'a' of '\(folder.path)/config'")
            let changed = try connection(folder, text) {
                $0.namespace = "other"
                $0.impersonation = Impersonation(user: "jane", groups: ["g"])
            }
            #expect(changed.namespace == "other" && changed.impersonation.user == "jane")
        }
    }

    @Test("The files of KUBECONFIG are merged: the first to name something wins, and missing files do not matter")
    func merging() async throws {
        try await TemporaryFolder.with { folder in
            let first = try folder.write("1/config", Self.config("a", user: "token: first"))
            let second = try folder.write("2/config", Self.config("b") + "\n")
            let third = try folder.write("3/config", Self.config("a", user: "username: u, password: p", current: "b"))
            let empty = try folder.write("empty", "")
            let environment = [
                "KUBECONFIG": "\(folder.path)/missing:\(empty)::\(first):\(second):\(third)", "HOME": "/nowhere",
            ]
            let current = try KubeConnection.resolve(KubeConnectionOptions(), environment: environment)
            #expect(current.contextName == "a" && current.credentials == .bearerToken(Secret("first")))
            var options = KubeConnectionOptions()
            options.context = "b"
            #expect(
                try KubeConnection.resolve(options, environment: environment).server == "https://b.example.com:6443"
            )
            options.user = "a"
            #expect(
                try KubeConnection.resolve(options, environment: environment).credentials
                    == .bearerToken(Secret("first"))
            )
            options.cluster = "a"
            #expect(
                try KubeConnection.resolve(options, environment: environment).server == "https://a.example.com:6443"
            )
        }
    }

    @Test("Without KUBECONFIG the file in the home folder counts, and a given file wins over both")
    func places() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write(".kube/config", Self.config("home"))
            let listed = try folder.write("listed", Self.config("listed"))
            let given = try folder.write("given", Self.config("given"))
            func name(_ environment: [String: String], _ path: String? = nil) throws -> String? {
                var options = KubeConnectionOptions()
                options.kubeconfig = path
                return try KubeConnection.resolve(options, environment: environment).contextName
            }
            #expect(try name(["HOME": folder.path]) == "home")
            #expect(try name(["HOME": folder.path, "KUBECONFIG": ""]) == "home")
            #expect(try name(["HOME": folder.path, "KUBECONFIG": listed]) == "listed")
            #expect(try name(["HOME": folder.path, "KUBECONFIG": listed], given) == "given")
            #expect(throws: KubeAPIError.self) { try name(["HOME": folder.path], "\(folder.path)/missing") }
        }
    }

    @Test("In a pod without a kubeconfig its service account counts")
    func inCluster() async throws {
        try await TemporaryFolder.with { folder in
            var options = KubeConnectionOptions()
            options.serviceAccountDirectory = folder.path
            let environment = [
                "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443", "HOME": folder.path,
            ]
            let error = #expect(throws: KubeAPIError.self) {
                try KubeConnection.resolve(options, environment: environment)
            }
            #expect(error?.code == .configuration && error?.message.contains("\(folder.path)/.kube/config") == true)
            try folder.write("token", "abc")
            try folder.write("ca.crt", "-----BEGIN CERTIFICATE-----")
            try folder.write("namespace", "backup\n")
            let connection = try KubeConnection.resolve(options, environment: environment)
            #expect(connection.server == "https://[fd00::1]:443")
            #expect(connection.namespace == "backup" && connection.contextName == nil)
            #expect(connection.credentials == .tokenFile(path: "\(folder.path)/token", fallback: nil))
            try folder.write(".kube/config", Self.config("home"))
            #expect(try KubeConnection.resolve(options, environment: environment).contextName == "home")
        }
    }

    @Test("Relative paths start at the folder of their own file")
    func relativePaths() async throws {
        try await TemporaryFolder.with { folder in
            let pem = "-----BEGIN X-----\n"
            for name in ["a/ca.pem", "b/cert.pem", "b/key.pem", "b/token"] { try folder.write(name, pem) }
            let clusters = try folder.write("a/config", Self.config("x", cluster: "certificate-authority: ca.pem"))
            let users = try folder.write(
                "b/config",
                """
                users:
                - {name: y, user: {client-certificate: cert.pem, client-key: ./key.pem, tokenFile: token}}
                """
            )
            var options = KubeConnectionOptions()
            options.user = "y"
            let connection = try KubeConnection.resolve(options, environment: ["KUBECONFIG": "\(clusters):\(users)"])
            #expect(connection.tls.certificateAuthorities == .file("\(folder.path)/a/ca.pem"))
            #expect(connection.tls.clientCertificate == .file("\(folder.path)/b/cert.pem"))
            #expect(connection.tls.clientPrivateKey == .file("\(folder.path)/b/./key.pem"))
            #expect(connection.credentials == .tokenFile(path: "\(folder.path)/b/token", fallback: nil))
        }
    }

    @Test("Settings of the cluster are taken over, and dangerous ones come with a warning")
    func clusterSettings() async throws {
        try await TemporaryFolder.with { folder in
            let data = Data("-----BEGIN CERTIFICATE-----\n".utf8).base64EncodedString()
            let secure = try connection(
                folder,
                Self.config(
                    "a",
                    cluster:
                        "certificate-authority-data: \(data), certificate-authority: ignored, tls-server-name: other, proxy-url: socks5://127.0.0.1:1"
                )
            )
            #expect(secure.tls.certificateAuthorities == .bytes(Array("-----BEGIN CERTIFICATE-----\n".utf8)))
            #expect(secure.tls.serverName == "other" && secure.tls.verifiesServer)
            #expect(secure.proxyURL == "socks5://127.0.0.1:1")
            let insecure = try connection(folder, Self.config("a", cluster: "insecure-skip-tls-verify: true"))
            #expect(!insecure.tls.verifiesServer)
            #expect(insecure.warnings.count == 1 && insecure.warnings[0].contains("insecure-skip-tls-verify"))
            let plain = try connection(folder, Self.config("a").replacing("https://", with: "http://"))
            #expect(plain.warnings.count == 1)
        }
    }

    @Test("Impersonation of the user is taken over")
    func impersonation() async throws {
        try await TemporaryFolder.with { folder in
            let text = Self.config(
                "a",
                user: "token: t, as: jane, as-uid: '7', as-groups: [g1, g2], as-user-extra: {scopes: [s1, s2]}"
            )
            let impersonation = try connection(folder, text).impersonation
            #expect(
                impersonation
                    == Impersonation(user: "jane", groups: ["g1", "g2"], uid: "7", extra: ["scopes": ["s1", "s2"]])
            )
        }
    }

    @Test(
        "What cannot work is refused with the file and the way out",
        arguments: [
            (config("a", current: "gone"), "There is no context 'gone'", KubeAPIError.Code.configuration),
            (config("a", current: "''"), "has no current context", .configuration),
            ("", "has no current context", .configuration),
            ("clusters: [", "not valid YAML at line", .configuration),
            ("a: b: hunter2", "not valid YAML at line 1", .configuration),
            ("clusters: hunter2", "'clusters' must be a list (line 1)", .configuration),
            ("[1]", "must be a mapping", .configuration),
            ("clusters: [hunter2]", "must be a mapping", .configuration),
            ("clusters: [{cluster: {}}]", "has no name", .configuration),
            ("clusters: [{name: a, cluster: {}}, {name: a, cluster: {}}]", "two entries named 'a'", .configuration),
            (config("a").replacing("cluster: a", with: "cluster: b"), "no cluster 'b'", .configuration),
            (config("a").replacing("user: a", with: "user: b"), "no user 'b'", .configuration),
            (config("a").replacing("server:", with: "other:"), "has no server", .configuration),
            (config("a").replacing("https://a", with: "ftp://a"), "no http or https address", .configuration),
            (config("a").replacing("https://a", with: "https://u:hunter2@a"), "holds a user name", .configuration),
            (config("a", cluster: "certificate-authority-data: '???'"), "certificate-authority-data", .configuration),
            (config("a", cluster: "certificate-authority-data: aHVudGVyMg=="), "no PEM", .configuration),
            (config("a", cluster: "certificate-authority: missing.pem"), "missing.pem", .configuration),
            (config("a", cluster: "insecure-skip-tls-verify: maybe"), "true or false", .configuration),
            (config("a", cluster: "proxy-url: gopher://x"), "proxy-url", .configuration),
            (config("a", user: "client-certificate-data: LS0tLS1CRUdJTiBY"), "without a client-key", .configuration),
            (config("a", user: "client-key-data: LS0tLS1CRUdJTiBY"), "without a client-certificate", .configuration),
            (config("a", user: "token: hunter2, username: u"), "both a token and a password", .configuration),
            (config("a", user: "tokenFile: missing"), "no token file", .credentials),
            (
                config("a", user: "auth-provider: {name: gcp, config: {access-token: hunter2}}"), "auth-provider 'gcp'",
                .credentials
            ),
            (config("a", user: "exec: {command: x}"), "apiVersion", .configuration),
            (
                config(
                    "a",
                    user:
                        "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x, interactiveMode: Never}"
                ), "v1alpha1", .configuration
            ),
            (
                config("a", user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: x}"), "interactiveMode",
                .configuration
            ),
            (
                config(
                    "a",
                    user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Perhaps}"
                ), "interactiveMode", .configuration
            ),
            (config("a", user: "token: [hunter2]"), "'token' must be a text", .configuration),
        ]
    )
    func refused(text: String, hint: String, code: KubeAPIError.Code) async throws {
        try await TemporaryFolder.with { folder in
            let error = #expect(throws: KubeAPIError.self) { try connection(folder, text) }
            let message = error?.message ?? ""
            #expect(error?.code == code, "\(message)")
            #expect(
                message.contains(hint) && message.contains(folder.path) && !message.contains("hunter2"),
                "\(message)"
            )
        }
    }

    @Test("An unknown context lists the known ones")
    func knownContexts() async throws {
        try await TemporaryFolder.with { folder in
            let error = #expect(throws: KubeAPIError.self) {
                try connection(folder, Self.config("prod")) { $0.context = "prd" }
            }
            #expect(error?.message.contains("'--context': prod") == true)
        }
    }

    @Test("An expired client certificate is found before it is used")
    func expiredCertificate() async throws {
        try await TemporaryFolder.with { folder in
            let arguments = [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
                "-days", "10",
                "-keyout", "\(folder.path)/key.pem", "-out", "\(folder.path)/cert.pem",
            ]
            let openssl = Process()
            openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            openssl.arguments = arguments
            openssl.standardError = FileHandle.nullDevice
            try openssl.run()
            openssl.waitUntilExit()
            var options = KubeConnectionOptions()
            options.kubeconfig = try folder.write(
                "config",
                Self.config("a", user: "client-certificate: cert.pem, client-key: key.pem")
            )
            let soon = Date(timeIntervalSinceNow: 9 * 86_400)
            let late = Date(timeIntervalSinceNow: 11 * 86_400)
            #expect(throws: Never.self) { try KubeConnection.resolve(options, environment: [:], now: soon) }
            let error = #expect(throws: KubeAPIError.self) {
                try KubeConnection.resolve(options, environment: [:], now: late)
            }
            #expect(error?.code == .credentials)
            #expect(error?.message.contains("\(folder.path)/cert.pem' expired on") == true)
        }
    }
}
