import KubernetesModel
import Yams

/// Turns the YAML of a kubeconfig into values.
///
/// Unknown keys are left alone, as kubectl does.
struct KubeconfigReader {
    typealias Failure = KubeAPIError

    let file: String

    func entries<Value>(
        _ top: Node.Mapping,
        _ list: String,
        _ key: String,
        _ read: (Node.Mapping) throws(Failure) -> Value
    ) throws(Failure) -> [Kubeconfig.Entry<Value>] {
        var entries: [Kubeconfig.Entry<Value>] = []
        for node in try sequence(top, list) {
            let mapping = try mapping(node, "an entry of '\(list)'")
            guard let name = try text(mapping, "name") else { throw problem(node, "an entry of '\(list)' has no name") }
            guard !entries.contains(where: { $0.name == name }) else {
                throw problem(node, "'\(list)' has two entries named '\(name)'")
            }
            guard let value = mapping[Node(key)], !isNull(value) else { continue }
            entries.append(
                Kubeconfig.Entry(
                    name: name,
                    value: try read(try self.mapping(value, "'\(key)' of '\(name)'")),
                    file: file
                )
            )
        }
        return entries
    }

    func context(_ node: Node.Mapping) throws(Failure) -> Kubeconfig.Context {
        Kubeconfig.Context(
            cluster: try text(node, "cluster"),
            user: try text(node, "user"),
            namespace: try text(node, "namespace")
        )
    }

    func cluster(_ node: Node.Mapping) throws(Failure) -> Kubeconfig.Cluster {
        var cluster = Kubeconfig.Cluster()
        cluster.server = try text(node, "server")
        cluster.tlsServerName = try text(node, "tls-server-name")
        cluster.insecureSkipTLSVerify = try bool(node, "insecure-skip-tls-verify") ?? false
        cluster.certificateAuthority = try text(node, "certificate-authority")
        cluster.certificateAuthorityData = try text(node, "certificate-authority-data")
        cluster.proxyURL = try text(node, "proxy-url")
        for node in try sequence(node, "extensions") {
            let entry = try mapping(node, "an entry of 'extensions'")
            guard try text(entry, "name") == "client.authentication.k8s.io/exec", let value = entry["extension"] else {
                continue
            }
            cluster.execConfiguration = try json(value).serialized()
        }
        return cluster
    }

    func user(_ node: Node.Mapping) throws(Failure) -> Kubeconfig.User {
        var user = Kubeconfig.User()
        user.clientCertificate = try text(node, "client-certificate")
        user.clientCertificateData = try text(node, "client-certificate-data")
        user.clientKey = try text(node, "client-key")
        user.clientKeyData = try text(node, "client-key-data").map(Secret.init)
        user.token = try text(node, "token").map(Secret.init)
        user.tokenFile = try text(node, "tokenFile")
        user.username = try text(node, "username")
        user.password = try text(node, "password").map(Secret.init)
        user.impersonation.user = try text(node, "as")
        user.impersonation.uid = try text(node, "as-uid")
        user.impersonation.groups = try texts(node, "as-groups")
        if let extra = node["as-user-extra"], !isNull(extra) {
            let mapping = try mapping(extra, "'as-user-extra'")
            for key in mapping.keys {
                guard let key = key.string else { continue }
                user.impersonation.extra[key] = try texts(mapping, key)
            }
        }
        if let exec = node["exec"], !isNull(exec) { user.exec = try self.exec(exec) }
        if let provider = node["auth-provider"], !isNull(provider) {
            user.authProvider = try text(try mapping(provider, "'auth-provider'"), "name") ?? "unknown"
        }
        return user
    }

    private func exec(_ node: Node) throws(Failure) -> Kubeconfig.Exec {
        let mapping = try mapping(node, "'exec'")
        guard let apiVersion = try text(mapping, "apiVersion"), let command = try text(mapping, "command") else {
            throw problem(node, "'exec' needs 'apiVersion' and 'command'")
        }
        var variables: [ExecCredentialPlugin.Variable] = []
        for node in try sequence(mapping, "env") {
            let entry = try self.mapping(node, "an entry of 'env'")
            guard let name = try text(entry, "name") else { throw problem(node, "an entry of 'env' has no name") }
            variables.append(ExecCredentialPlugin.Variable(name: name, value: Secret(try text(entry, "value") ?? "")))
        }
        let mode = try text(mapping, "interactiveMode")
        guard mode.map({ ExecCredentialPlugin.InteractiveMode(rawValue: $0) != nil }) ?? true else {
            throw problem(node, "'interactiveMode' must be 'Never', 'IfAvailable' or 'Always'")
        }
        return Kubeconfig.Exec(
            apiVersion: apiVersion,
            command: command,
            arguments: try texts(mapping, "args"),
            variables: variables,
            interactiveMode: mode.flatMap(ExecCredentialPlugin.InteractiveMode.init),
            installHint: try text(mapping, "installHint"),
            providesClusterInfo: try bool(mapping, "provideClusterInfo") ?? false
        )
    }
}

extension KubeconfigReader {
    func mapping(_ node: Node, _ what: String) throws(Failure) -> Node.Mapping {
        guard case .mapping(let mapping) = node else { throw problem(node, "\(what) must be a mapping") }
        return mapping
    }

    /// - Returns: `nil` for a missing, null or empty value.
    func text(_ mapping: Node.Mapping, _ key: String) throws(Failure) -> String? {
        guard let node = mapping[Node(key)], !isNull(node) else { return nil }
        guard case .scalar(let scalar) = node else { throw problem(node, "'\(key)' must be a text") }
        return scalar.string.isEmpty ? nil : scalar.string
    }

    private func texts(_ mapping: Node.Mapping, _ key: String) throws(Failure) -> [String] {
        var texts: [String] = []
        for node in try sequence(mapping, key) {
            guard case .scalar(let scalar) = node else { throw problem(node, "an entry of '\(key)' must be a text") }
            texts.append(scalar.string)
        }
        return texts
    }

    private func bool(_ mapping: Node.Mapping, _ key: String) throws(Failure) -> Bool? {
        guard let node = mapping[Node(key)], !isNull(node) else { return nil }
        guard let value = node.bool else { throw problem(node, "'\(key)' must be true or false") }
        return value
    }

    private func sequence(_ mapping: Node.Mapping, _ key: String) throws(Failure) -> [Node] {
        guard let node = mapping[Node(key)], !isNull(node) else { return [] }
        guard case .sequence(let sequence) = node else { throw problem(node, "'\(key)' must be a list") }
        return Array(sequence)
    }

    private func isNull(_ node: Node) -> Bool { node.null != nil }

    private func json(_ node: Node, depth: Int = 0) throws(Failure) -> JSONValue {
        guard depth < 64 else { throw problem(node, "an extension is nested too deep") }
        switch node {
        case .scalar(let scalar):
            if node.null != nil { return .null }
            if scalar.style == .plain || scalar.style == .any {
                if let value = node.bool { return .bool(value) }
                if let value = node.int { return .integer(value) }
                if let number = JSONNumber(literal: scalar.string) { return .number(number) }
            }
            return .string(scalar.string)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            for element in sequence { elements.append(try json(element, depth: depth + 1)) }
            return .array(elements)
        case .mapping(let mapping):
            var object = JSONObject()
            for (key, value) in mapping { object[key.string ?? ""] = try json(value, depth: depth + 1) }
            return .object(object)
        case .alias:
            throw problem(node, "an alias leads nowhere")
        }
    }

    private func problem(_ node: Node, _ what: String) -> KubeAPIError {
        let place = node.mark.map { " (line \($0.line))" } ?? ""
        return KubeAPIError(.configuration, "Kubeconfig '\(file)' cannot be used: \(what)\(place). Correct it.")
    }
}
