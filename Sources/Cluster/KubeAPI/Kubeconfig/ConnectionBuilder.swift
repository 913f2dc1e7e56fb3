import FoundationEssentials
import HTTPTransport
import KubernetesModel

/// Follows a context to its cluster and user, and checks all that can be checked without the server.
struct ConnectionBuilder {
    let kubeconfig: Kubeconfig
    let options: KubeConnectionOptions
    let environment: [String: String]
    let now: Date

    private var files: String { kubeconfig.files.map { "'\($0)'" }.joined(separator: ", ") }

    func build() throws(KubeAPIError) -> KubeConnection {
        let context = try context()
        let contextSource = context.map { "context '\($0.name)' of '\($0.file)'" }
        guard let clusterName = options.cluster ?? context?.value.cluster else {
            throw configuration("\(contextSource ?? "Kubeconfig \(files)") names no cluster")
        }
        guard let cluster = kubeconfig.clusters.first(where: { $0.name == clusterName }) else {
            throw configuration("There is no cluster '\(clusterName)' in \(files)")
        }
        var connection = KubeConnection(server: try server(cluster))
        connection.contextName = context?.name
        connection.source = contextSource ?? "cluster '\(clusterName)' of '\(cluster.file)'"
        connection.namespace = options.namespace ?? context?.value.namespace ?? "default"
        try setTLS(cluster, &connection)
        try setProxy(cluster, &connection)
        if let userName = options.user ?? context?.value.user {
            guard let user = kubeconfig.users.first(where: { $0.name == userName }) else {
                throw configuration("There is no user '\(userName)' in \(files)")
            }
            connection.impersonation = user.value.impersonation
            try setClientCertificate(user, &connection)
            connection.credentials = try credentials(user, cluster)
        }
        if !options.impersonation.isEmpty { connection.impersonation = options.impersonation }
        if connection.server.hasPrefix("http://"), connection.credentials != .none {
            connection.warnings.append(
                "The server '\(connection.server)' of \(connection.source) is not reached over TLS: credentials and "
                    + "secrets are sent in the clear."
            )
        }
        return connection
    }

    private func context() throws(KubeAPIError) -> Kubeconfig.Entry<Kubeconfig.Context>? {
        let known = kubeconfig.contextNames.sorted().joined(separator: ", ")
        let choice = known.isEmpty ? "It has none." : "Choose one with '--context': \(known)."
        guard let name = options.context ?? kubeconfig.currentContext else {
            if options.cluster != nil { return nil }
            throw KubeAPIError(.configuration, "Kubeconfig \(files) has no current context. \(choice)")
        }
        guard let context = kubeconfig.contexts.first(where: { $0.name == name }) else {
            throw KubeAPIError(.configuration, "There is no context '\(name)' in kubeconfig \(files). \(choice)")
        }
        return context
    }

    private func server(_ cluster: Kubeconfig.Entry<Kubeconfig.Cluster>) throws(KubeAPIError) -> String {
        guard var server = cluster.value.server else {
            throw configuration("Cluster '\(cluster.name)' of '\(cluster.file)' has no server")
        }
        if !server.contains("://") { server = "https://\(server)" }
        let isHTTP = server.hasPrefix("https://") || server.hasPrefix("http://")
        guard isHTTP, !server.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") })
        else {
            throw configuration(
                "The server of cluster '\(cluster.name)' of '\(cluster.file)' is no http or https address"
            )
        }
        // It would show in messages, and does not belong here.
        guard !server.contains("@") else {
            throw configuration(
                "The server of cluster '\(cluster.name)' of '\(cluster.file)' holds a user name; that belongs under 'users'"
            )
        }
        while server.hasSuffix("/") { server.removeLast() }
        return server
    }

    private func setTLS(
        _ cluster: Kubeconfig.Entry<Kubeconfig.Cluster>,
        _ connection: inout KubeConnection
    ) throws(KubeAPIError) {
        connection.tls.serverName = cluster.value.tlsServerName
        connection.tls.certificateAuthorities = try pem(
            data: cluster.value.certificateAuthorityData,
            path: cluster.value.certificateAuthority,
            field: "certificate-authority",
            of: "cluster '\(cluster.name)'",
            file: cluster.file
        )
        guard cluster.value.insecureSkipTLSVerify else { return }
        guard connection.tls.certificateAuthorities == nil else {
            throw configuration(
                "Cluster '\(cluster.name)' of '\(cluster.file)' has both a certificate-authority and insecure-skip-tls-verify"
            )
        }
        connection.tls.verifiesServer = false
        connection.warnings.append(
            "The certificate of the server '\(connection.server)' is not checked (insecure-skip-tls-verify of cluster "
                + "'\(cluster.name)'): whoever is on the way can read and change everything."
        )
    }

    private func setProxy(
        _ cluster: Kubeconfig.Entry<Kubeconfig.Cluster>,
        _ connection: inout KubeConnection
    ) throws(KubeAPIError) {
        guard let proxy = cluster.value.proxyURL else { return }
        guard ["http://", "https://", "socks5://"].contains(where: proxy.hasPrefix) else {
            throw configuration(
                "The proxy-url of cluster '\(cluster.name)' of '\(cluster.file)' is no http, https or socks5 address"
            )
        }
        connection.proxyURL = proxy
    }

    private func setClientCertificate(
        _ user: Kubeconfig.Entry<Kubeconfig.User>,
        _ connection: inout KubeConnection
    ) throws(KubeAPIError) {
        let owner = "user '\(user.name)'"
        let certificate = try pem(
            data: user.value.clientCertificateData,
            path: user.value.clientCertificate,
            field: "client-certificate",
            of: owner,
            file: user.file
        )
        let key = try pem(
            data: user.value.clientKeyData?.text,
            path: user.value.clientKey,
            field: "client-key",
            of: owner,
            file: user.file
        )
        guard let certificate else {
            if key != nil {
                throw configuration(
                    "User '\(user.name)' of '\(user.file)' has a client-key without a client-certificate"
                )
            }
            return
        }
        guard let key else {
            throw configuration("User '\(user.name)' of '\(user.file)' has a client-certificate without a client-key")
        }
        let bytes: [UInt8]
        var place = "in '\(user.file)'"
        switch certificate {
        case .bytes(let data): bytes = data
        case .file(let path):
            bytes = try TextFile.read(path, what: "client certificate")
            place = "'\(path)'"
        }
        if let end = CertificateValidity.end(ofPEM: bytes), end < now {
            throw KubeAPIError(
                .credentials,
                "The client certificate of \(owner) \(place) expired on \(end.formatted(.iso8601)). Get a new one, for "
                    + "example with 'kubeadm certs renew' or from whoever gave you the kubeconfig."
            )
        }
        connection.tls.clientCertificate = certificate
        connection.tls.clientPrivateKey = key
    }

    /// A static token wins over the user's other credentials, as with kubectl.
    private func credentials(
        _ user: Kubeconfig.Entry<Kubeconfig.User>,
        _ cluster: Kubeconfig.Entry<Kubeconfig.Cluster>
    ) throws(KubeAPIError) -> KubeCredentials {
        if let provider = user.value.authProvider {
            throw KubeAPIError(
                .credentials,
                "User '\(user.name)' of '\(user.file)' uses the auth-provider '\(provider)', which Kubernetes has removed. "
                    + "Use a credential plugin ('exec'): the tool of your cloud writes it into the kubeconfig."
            )
        }
        if let username = user.value.username {
            guard user.value.token == nil, user.value.tokenFile == nil else {
                throw configuration("User '\(user.name)' of '\(user.file)' has both a token and a password")
            }
            return .basic(username: username, password: user.value.password ?? Secret(""))
        }
        if let tokenFile = user.value.tokenFile {
            let path = resolved(tokenFile, from: user.file)
            guard user.value.token != nil || TextFile.exists(path) else {
                throw KubeAPIError(
                    .credentials,
                    "There is no token file '\(path)', which user '\(user.name)' of '\(user.file)' names. Check the path."
                )
            }
            return .tokenFile(path: path, fallback: user.value.token)
        }
        if let token = user.value.token { return .bearerToken(token) }
        guard let exec = user.value.exec else { return .none }
        return .exec(try plugin(exec, user, cluster))
    }

    private func plugin(
        _ exec: Kubeconfig.Exec,
        _ user: Kubeconfig.Entry<Kubeconfig.User>,
        _ cluster: Kubeconfig.Entry<Kubeconfig.Cluster>
    ) throws(KubeAPIError) -> ExecCredentialPlugin {
        let group = "client.authentication.k8s.io"
        guard exec.apiVersion == "\(group)/v1" || exec.apiVersion == "\(group)/v1beta1" else {
            throw configuration(
                "The credential plugin '\(exec.command)' of user '\(user.name)' of '\(user.file)' speaks "
                    + "'\(exec.apiVersion)', but only \(group)/v1 and v1beta1 are in use: update it"
            )
        }
        guard exec.interactiveMode != nil || exec.apiVersion.hasSuffix("/v1beta1") else {
            throw configuration("'exec' of user '\(user.name)' of '\(user.file)' needs an interactiveMode")
        }
        let isPath = exec.command.utf8.contains(UInt8(ascii: "/"))
        return ExecCredentialPlugin(
            apiVersion: exec.apiVersion,
            command: isPath ? resolved(exec.command, from: user.file) : exec.command,
            arguments: exec.arguments,
            variables: exec.variables,
            environment: environment.mapValues(Secret.init),
            interactiveMode: exec.interactiveMode ?? .ifAvailable,
            isInteractive: options.isInteractive,
            installHint: exec.installHint,
            clusterInfo: exec.providesClusterInfo ? try clusterInfo(cluster) : nil,
            timeLimit: options.execTimeLimit,
            source: "user '\(user.name)' of '\(user.file)'"
        )
    }

    /// `spec.cluster` of an ExecCredential.
    private func clusterInfo(_ cluster: Kubeconfig.Entry<Kubeconfig.Cluster>) throws(KubeAPIError) -> [UInt8] {
        let value = cluster.value
        var info: JSONObject = ["server": .string(try server(cluster))]
        if let name = value.tlsServerName { info["tls-server-name"] = .string(name) }
        if value.insecureSkipTLSVerify { info["insecure-skip-tls-verify"] = true }
        if let data = value.certificateAuthorityData {
            info["certificate-authority-data"] = .string(data)
        } else if let path = value.certificateAuthority {
            let bytes = try TextFile.read(resolved(path, from: cluster.file), what: "certificate authority")
            info["certificate-authority-data"] = .string(Data(bytes).base64EncodedString())
        }
        if let proxy = value.proxyURL { info["proxy-url"] = .string(proxy) }
        if let bytes = value.execConfiguration, let config = try? JSONValue(parsing: bytes) { info["config"] = config }
        return JSONValue.object(info).serialized()
    }

    /// Data in the kubeconfig wins over a path, as with kubectl.
    private func pem(
        data: String?,
        path: String?,
        field: String,
        of owner: String,
        file: String
    ) throws(KubeAPIError) -> TLSConfiguration.PEM? {
        if let data {
            guard let bytes = Data(base64Encoded: data.filter { !$0.isWhitespace }).map(Array.init), Self.isPEM(bytes)
            else {
                throw configuration("'\(field)-data' of \(owner) of '\(file)' is no PEM in base64")
            }
            return .bytes(bytes)
        }
        guard let path else { return nil }
        let resolved = resolved(path, from: file)
        let bytes = try TextFile.read(resolved, what: "\(field) of \(owner) of '\(file)',")
        guard Self.isPEM(bytes) else {
            throw configuration("'\(resolved)', the \(field) of \(owner) of '\(file)', is no PEM file")
        }
        return .file(resolved)
    }

    private static func isPEM(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ")
    }

    /// Relative paths start at the folder of the file they stand in.
    private func resolved(_ path: String, from file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return "\(file[..<slash])/\(path)"
    }

    private func configuration(_ what: String) -> KubeAPIError {
        KubeAPIError(.configuration, "\(what.prefix(1).uppercased() + what.dropFirst()). Correct the kubeconfig.")
    }
}
